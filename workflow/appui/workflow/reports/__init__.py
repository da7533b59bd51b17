"""Reports: figures and registers as people take them along, in a terminal, as CSV or as a workbook."""
