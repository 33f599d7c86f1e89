module example.org/go_service

go 1.21
