"""Serves a Keystone of its own: server.py FOLDER WORLD.

FOLDER is empty and is where the database and the keys go. WORLD is JSON:
{"lock_after": 3, "accounts": [{"name": .., "projects": [..], "users": [{"name": .., "password": ..}]}]}.
Each user has a role in each project of its own account. The address is printed when
requests are taken; the process ends when its standard input does.
"""

import base64
import gc
import json
import os
import socketserver
import sys
import threading
import uuid
from wsgiref import simple_server

folder, world = sys.argv[1], json.loads(sys.argv[2])
CONFIG = f"""
[DEFAULT]
log_file = {folder}/keystone.log
[database]
connection = sqlite:///{folder}/keystone.db
[fernet_tokens]
key_repository = {folder}/fernet
[fernet_receipts]
key_repository = {folder}/fernet
[credential]
key_repository = {folder}/credential
[security_compliance]
lockout_failure_attempts = {world["lock_after"]}
lockout_duration = 1800
[identity]
password_hash_rounds = 4
[cache]
enabled = false
"""
path = os.path.join(folder, "keystone.conf")
with open(path, "w", encoding="utf-8") as f:
    f.write(CONFIG)
os.mkdir(os.path.join(folder, "fernet"), 0o700)
for name in "0", "1":  # as keystone-manage fernet_setup leaves them
    with open(os.path.join(folder, "fernet", name), "wb") as f:
        f.write(base64.urlsafe_b64encode(os.urandom(32)))

from keystone.common import provider_api  # noqa: E402
from keystone.common.sql import upgrades  # noqa: E402
from keystone.server.wsgi import initialize_public_application  # noqa: E402

# As the WSGI server does it: this reads the configuration and makes the managers.
os.environ["OS_KEYSTONE_CONFIG_FILES"] = path
sys.argv = ["keystone"]
application = initialize_public_application()
upgrades.offline_sync_database_to_version()
api = provider_api.ProviderAPIs


def made(create, **fields):
    """Makes a thing with an ID of its own, and returns that."""
    fields = {"id": uuid.uuid4().hex, "enabled": True, **fields}
    create(fields["id"], fields)
    return fields["id"]


api.resource_api.create_domain("default", {"id": "default", "name": "Default", "enabled": True})
role = uuid.uuid4().hex
api.role_api.create_role(role, {"id": role, "name": "member"})
for account in world["accounts"]:
    domain = made(api.resource_api.create_domain, name=account["name"])
    projects = [
        made(api.resource_api.create_project, name=name, domain_id=domain, description="")
        for name in account["projects"]
    ]
    for user in account["users"]:
        ref = api.identity_api.create_user({**user, "domain_id": domain, "enabled": True})
        for project in projects:
            api.assignment_api.add_role_to_user_and_project(ref["id"], project, role)


def collected(environ, start_response):
    """Takes a request after what earlier ones left is collected: a request that was
    refused may leave its database session in a cycle of objects, and SQLite's lock with it."""
    gc.collect()
    return application(environ, start_response)


class Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    daemon_threads = True


class Quiet(simple_server.WSGIRequestHandler):
    def log_message(self, format, *args):
        pass


server = simple_server.make_server("127.0.0.1", 0, collected, Server, Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_port}", flush=True)
sys.stdin.read()
