"""What a legend says about where a gap layer's numbers come from; the numbers are data/standards/coverage.yaml."""

from data.standards import coverage

CERTAINTY = {"read": "有文可查", "secondary": "二手资料", "unverified": "未核对原文", "house": "本系统约定"}


def notes_of(layer: str) -> list[str]:
    """Return the sentences for a layer, empty for one that judges by no number."""
    numbers = coverage()
    if layer == "inspection_overdue":
        return [f"{period.title}（{CERTAINTY[period.certainty]}）" for period in numbers.periods]
    if layer == "never_inspected":
        return [numbers.visit.source]
    if layer == "shop_no_sensor":
        return [f"{numbers.silence.hours:g} 小时没有数据即视为失联（{CERTAINTY[numbers.silence.certainty]}）"]
    if layer == "grid_no_officer":
        return [numbers.grid_officer.source]
    if layer == "station_cover":
        cover = numbers.station_cover
        near, far = cover.reach_m
        return [
            f"半径 {near:,.0f}–{far:,.0f} m = 车速 {min(cover.speed_kmh):g}–{max(cover.speed_kmh):g} km/h ×"
            f" {cover.drive_s / 60:g} 分钟 ÷ λ {min(cover.detour):g}–{max(cover.detour):g}",
            f"{cover.source}（{CERTAINTY[cover.certainty]}）",
        ]
    return []
