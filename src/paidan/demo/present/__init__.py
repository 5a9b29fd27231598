"""The demo city's present and near future: made by the real services, as people would have used them."""
