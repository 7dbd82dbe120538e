module cleaner

go 1.26.0
