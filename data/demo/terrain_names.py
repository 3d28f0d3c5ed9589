"""Made-up Chinese place and road names: plausible, unique in their parent, of no real person or firm."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

_FIRST = (
    "云澄岚望清金宁永安瑞兴和泰丰文景春秀碧嘉松柳桐槐梅枫青白长双大东西南北上新古玉银石龙凤鹤鹿平顺福寿康乐明德仁义礼信"
)
_SECOND = "江海山湾泉溪岭桥台河洲浦林园阳港峰田沙口滩屿岛坡冈川湖塘庙堂店集埠寨堡城"
_ROAD = "江河湖海山川岭泉州城安宁昌德兴华阳平丰源"
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_HAMLETS = (
    "家庄",
    "家村",
    "家疃",
    "哥庄",
    "家沟",
    "家台",
    "家屯",
    "家洼",
    "家夼",
    "家埠",
    "家岭",
    "家河",
    "家泊",
    "家园",
)


class Namer:
    """Draws names from a generator; a name is given out once per `taken` set."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def street(self, urban: bool, taken: set[str]) -> str:
        """Return the name of a street (urban: 街道, mostly after a road; else 镇, or 街道 of a county town)."""
        if urban:
            return self._fresh(lambda: self._two(_ROAD) + ("路街道" if self._rng.random() < 0.7 else "街道"), taken)
        return self._fresh(lambda: self._two(_SECOND) + ("镇" if self._rng.random() < 0.8 else "街道"), taken)

    def community(self, village: bool, taken: set[str]) -> str:
        """Return the name of a community: a village with its family's name, or an urban community."""
        if village:
            return self._fresh(lambda: self._hamlet() + ("村" if self._rng.random() < 0.85 else "社区"), taken)
        return self._fresh(
            lambda: self._two(_SECOND) + self._one(("社区", "社区", "路社区", "里社区", "苑社区")), taken
        )

    def road(self, taken: set[str]) -> str:
        """Return the name of a road of a town."""
        return self._fresh(lambda: self._two(_ROAD) + self._one(("路", "路", "路", "街", "大街")), taken)

    def _hamlet(self) -> str:
        head = str(self._rng.choice(["", "", "", "前", "后", "大", "小", "东", "西", "南", "北"]))
        tail = self._one(_HAMLETS)
        return head + self._one(_SURNAMES) + (tail if not head else tail[-1] if tail[0] != "哥" else tail)

    def _two(self, second: str) -> str:
        first = self._one(_FIRST)
        return first + self._one(second.replace(first, ""))

    def _one(self, of: str | tuple[str, ...]) -> str:
        return of[int(self._rng.integers(len(of)))]

    def _fresh(self, draw: Callable[[], str], taken: set[str]) -> str:
        while True:
            for _ in range(60):
                name = draw()
                if name not in taken:
                    taken.add(name)
                    return name
            name = f"{self._one(_FIRST)}{draw()}"
            if name not in taken:
                taken.add(name)
                return name
