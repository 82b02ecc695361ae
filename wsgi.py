"""Where `flask` and gunicorn find the application."""

from app.factory import create_app

app = create_app()
