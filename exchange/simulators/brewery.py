"""The brewery of the story, what it makes, and what it declares. Any likeness is chance."""

from exchange.simulators.figures import Beer

TAX_ID = "0105558096348"
COMPANY = "บริษัท โรงเบียร์บ้านเรา จำกัด"
LAGER = Beer("เบียร์บ้านเรา ลาเกอร์ 620 มล.", "8850124001016", 620, 5, 69_00)
STOUT = Beer("เบียร์บ้านเรา สเตาต์ 330 มล.", "8850124001023", 330, 7, 58_00)
WHEAT = Beer("เบียร์บ้านเรา วีต 330 มล.", "8850124001030", 330, 5, 52_50)
BEERS = (LAGER, STOUT, WHEAT)

LAST_MONTH = 12_000  # bottles of lager, as they were
# The month before: others know of 10,000, 5,200 and 2,008 bottles (see `sales`).
DECLARED = {LAGER: 9_000, STOUT: 5_000, WHEAT: 2_000}
SHORT = 1_000  # bottles of lager; of stout the brewery explains 200, of wheat 8 are no matter
