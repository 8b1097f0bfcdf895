"""What a new edition of the tariff means for returns that are filed already."""
