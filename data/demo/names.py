"""Invented Chinese names in bulk: firms, shops, schools, people. No surname stands in a shop's name.

Every firm's name begins with 示例, in a given (real) city too; telephones are of a range kept for it (199-0000-xxxx).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.demo.dice import Objects, pick

_BRAND_A = "澜岳恒瀚启睿拓卓朗翊昊晟煜宸曜璟琨珩沐禾苒蔚芮岑屹崇嵘沛泓沣淏澄溯"
_BRAND_B = "川岩舟帆石原野峰峦谷杉柏槿桦棠荷芷蓝青丹墨砚玑瑜璞霖霏露霁晖昕曦辰远达通盈"
_PREFIX = [
    "海风", "石桥", "槐树", "老码头", "小渔村", "灯塔", "观海", "听涛", "南山", "北巷", "城墙根", "钟楼", "拐角",
    "邻里", "街坊", "清晨", "月牙", "红瓦", "绿树", "栈道", "浪花", "金沙", "银滩", "海鸥", "贝壳", "帆影", "晚风",
    "小满", "谷雨", "四季", "百味", "好味", "知味", "家常", "乡里", "东坡下", "山脚", "水边", "码头边", "老城",
    "西街", "桥头", "渡口", "井台", "柳巷", "杏花", "麦香", "稻香", "炉边", "灶台", "铁锅", "砂罐", "竹篮", "青石",
    "白帆", "黑礁", "赤岛", "一品", "三味", "五谷", "七里", "十里", "百里",
]  # fmt: skip
_DISHES = [
    "海鲜烧烤", "锅贴", "牛肉拉面", "饺子", "馄饨", "火锅", "麻辣烫", "炖鱼", "排骨米饭", "黄焖鸡", "包子", "炒鸡",
    "牛肉汤", "羊汤", "鲅鱼水饺", "蛤蜊", "家常菜", "私房菜", "快餐", "煎饼", "豆浆油条", "川菜", "湘菜", "烤肉",
    "砂锅", "酸菜鱼", "茶餐厅", "早点", "刀削面", "脂渣", "甜沫", "辣炒海鲜", "鱼锅饼", "大虾", "小海鲜", "米线",
    "铁板烧", "卤味",
]  # fmt: skip
_SHOP_END = ["店", "馆", "铺", "坊", "小馆", "食府", "饭店", "餐馆"]
_SMALL = {
    "小商店": [
        "便利店", "超市", "杂货店", "烟酒店", "水果店", "五金店", "服装店", "文具店", "鲜花店", "粮油店", "母婴店",
        "渔具店",
    ],
    "小餐饮": ["冷饮店", "茶饮店", "咖啡馆", "面包房", "果汁店", "寿司店"],
    "小旅馆": ["旅馆", "宾馆", "民宿", "客栈", "青年旅舍", "招待所"],
    "小歌舞娱乐": ["歌厅", "量贩歌房", "台球室", "棋牌室", "酒吧", "电玩室"],
    "小休闲健身": ["美发店", "美容院", "足疗店", "浴池", "健身房", "瑜伽馆", "网吧", "茶室"],
    "小医疗养老": ["诊所", "口腔诊所", "中医诊所", "卫生室", "养老院", "日间照料中心"],
    "小学校幼儿园": ["幼儿园", "托育园", "培训学校", "午托班", "艺术培训中心"],
    "小生产加工": [
        "加工厂", "缝纫加工点", "豆制品作坊", "木器加工点", "门窗加工厂", "印刷作坊", "饲料加工点", "食品作坊",
    ],
    "小危险品销售储存": ["油漆店", "液化气换瓶站", "涂料店", "酒精销售点", "烟花爆竹零售点", "农药店", "润滑油店"],
}  # fmt: skip
_GIVEN = "安宁和平远明朗清佳雨晨思源文博嘉言子涵一诺若溪书瑶承志启航向阳立新建业海波云帆"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"


def brands(rng: np.random.Generator, n: int) -> Objects:
    """Return (n,) brand names of firms, of two or three signs."""
    last = pick(rng, ["", *_BRAND_B], n, [len(_BRAND_B) / 2, *np.ones(len(_BRAND_B))])
    return np.asarray(pick(rng, list(_BRAND_A), n) + pick(rng, list(_BRAND_B), n) + last, dtype=object)


def firms(rng: np.random.Generator, trades: Objects, limited: Objects) -> Objects:
    """Return firm names: 示例, a brand, the trade ("精密机械") and the legal form."""
    return np.asarray("示例" + brands(rng, len(trades)) + trades + limited, dtype=object)


def restaurants(rng: np.random.Generator, roads: Objects) -> Objects:
    """Return names of restaurants; a third name the road as chains do: 海风锅贴店（澄江路店）."""
    n = len(roads)
    name = pick(rng, _PREFIX, n) + pick(rng, _DISHES, n) + pick(rng, _SHOP_END, n, [5, 4, 2, 2, 2, 1, 2, 2])
    branch = np.where(pd.isna(roads) | (rng.random(n) > 0.33), "", "（" + np.where(pd.isna(roads), "", roads) + "店）")
    return np.asarray(name + branch, dtype=object)


def small_places(rng: np.random.Generator, categories: Objects) -> Objects:
    """Return names of 九小场所 by their category (one of `SMALL_CATEGORIES`)."""
    out = np.full(len(categories), "", dtype=object)
    for category, ends in _SMALL.items():
        rows = np.flatnonzero(categories == category)
        out[rows] = pick(rng, _PREFIX, len(rows)) + brands(rng, len(rows)) + pick(rng, ends, len(rows))
    return out


SMALL_CATEGORIES = tuple(_SMALL)


def people(rng: np.random.Generator, n: int) -> Objects:
    """Return (n,) invented names of people."""
    surname, first, second = pick(rng, list(_SURNAMES), n), pick(rng, list(_GIVEN), n), pick(rng, list(_GIVEN), n)
    return np.asarray(surname + first + np.where(rng.random(n) < 0.25, "", second), dtype=object)


def phones(rng: np.random.Generator, n: int) -> Objects:
    """Return (n,) telephone numbers of a range kept for examples."""
    last = rng.integers(0, 10_000, n)
    return np.asarray("199-0000-" + pd.Series(last).astype(str).str.zfill(4).to_numpy(dtype=object), dtype=object)
