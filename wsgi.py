from voucher import create_app

app = create_app()
app.config["WARM_AT_FIRST_REQUEST"] = True
