from voucher import create_app

app = create_app()
