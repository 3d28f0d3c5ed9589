"""How much of everything the demo city holds, in its two sizes (numbers of DOMAIN: Qingdao's practice)."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Amounts:
    """Numbers of places by what they are, and of what hangs on them."""

    # high-hazard firms, by category
    hazchem_makers: int
    hazchem_stores: int
    hazchem_traders: int
    mines: int
    smelters: int
    fireworks_stores: int
    ammonia: int
    # other firms
    above_scale: int
    small_firms: int
    petrol_stations: int
    hazmat_parking: int
    # users among the firms above
    drug_precursor: int
    explosive_precursor: int
    highly_toxic: int
    # other places
    gas_shops: int
    large_restaurants: int
    small_places: int
    firework_shops: int
    schools: int
    hospitals: int
    crowded: int
    stations: int
    # two special streets
    firms_in_business_street: int
    dense_firms: int
    dense_shops: int
    dense_small_places: int
    # flaws
    triples: int
    stacks: int
    unshifted: int
    # people and papers
    supervisors_city: int
    supervisors_district: int
    incidents: int

    @property
    def high_hazard(self) -> int:
        """Return the number of high-hazard firms."""
        return (
            self.hazchem_makers + self.hazchem_stores + self.hazchem_traders
            + self.mines + self.smelters + self.fireworks_stores + self.ammonia
        )  # fmt: skip


FULL = Amounts(
    hazchem_makers=190, hazchem_stores=110, hazchem_traders=121, mines=26, smelters=18, fireworks_stores=8, ammonia=30,
    above_scale=9_394, small_firms=120_000, petrol_stations=420, hazmat_parking=24,
    drug_precursor=180, explosive_precursor=160, highly_toxic=60,
    gas_shops=20_000, large_restaurants=900, small_places=24_000, firework_shops=60,
    schools=1_450, hospitals=420, crowded=1_250, stations=150,
    firms_in_business_street=12_000, dense_firms=300, dense_shops=190, dense_small_places=215,
    triples=40, stacks=30, unshifted=60,
    supervisors_city=60, supervisors_district=25, incidents=1_600,
)  # fmt: skip

SMALL = replace(
    FULL,
    hazchem_makers=8, hazchem_stores=5, hazchem_traders=5, mines=2, smelters=2, fireworks_stores=1, ammonia=2,
    above_scale=130, small_firms=1_250, petrol_stations=7, hazmat_parking=2,
    drug_precursor=6, explosive_precursor=5, highly_toxic=3,
    gas_shops=560, large_restaurants=24, small_places=420, firework_shops=3,
    schools=26, hospitals=8, crowded=34, stations=6,
    firms_in_business_street=320,
    triples=2, stacks=2, unshifted=3,
    supervisors_city=6, supervisors_district=12, incidents=40,
)  # fmt: skip

SIZES = {"full": FULL, "small": SMALL}
