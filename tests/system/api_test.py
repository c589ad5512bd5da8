#!/usr/bin/python3
"""The JSON API: all that docs/openapi.json describes, by every way in, and nothing besides; who may, who may not, and nonsense."""
import json
import os
import subprocess
import unittest

from api_client import OPENAPI, ApiClient, UnixConnection, operations
from dns_client import records
from homing_server import PATIENCE
from http_host import HOST, HttpServer


class ApiTest(unittest.TestCase):
    hosts = ((HOST,),)
    arguments = ()

    def setUp(self):
        self.server = HttpServer(self.hosts, self.arguments)
        self.addCleanup(self.server.close)
        self.server.start()
        self.api = self.client("all")

    def client(self, name, *options):
        return ApiClient(self.server.connect, self.server.cli("token", "add", name, *options).strip())

    def socket_client(self):
        return ApiClient(lambda: UnixConnection(os.path.join(self.server.data, "control.sock")))

    def all_pages(self, api, target, limit):
        items, after = [], ""
        while True:
            page = api.good("GET", f"{target}{'&' if '?' in target else '?'}limit={limit}{after}")
            items += page["items"]
            if page["next"] is None:
                return items
            after = f"&after={page['next']}"


class WholeApiTest(ApiTest):
    def walk_through(self, api, n):
        """Calls everything once at least; `n` keeps the names of several walks apart."""
        zone, name, host, key = f"z{n}.example.", f"www.z{n}.example.", f"home.z{n}.example.", f"router{n}."
        api.good("GET", "/status")
        self.assertEqual(api.good("POST", "/zones", {"name": zone, "name_servers": [f"ns1.{zone}=192.0.2.1"], "contact": "me@example.com"}),
                         {"name": zone, "serial": 1, "names": 2})
        self.assertIn(zone, [z["name"] for z in api.good("GET", "/zones")["items"]])
        self.assertEqual(api.good("GET", f"/zones/{zone}")["names"], 2)

        made = api.good("PUT", f"/zones/{zone}/records/{name}/A", {"ttl": "5m", "rdata": ["192.0.2.7", "192.0.2.8"]})
        self.assertEqual((made["changed"], made["serial"]), (True, 2))
        self.assertEqual(sorted(records(self.server, name, "A")), ["192.0.2.7", "192.0.2.8"])
        listed = api.good("GET", f"/zones/{zone}/records?name={name}&type=A")["items"]
        self.assertEqual(listed, [{"name": name, "ttl": 300, "type": "A", "rdata": ["192.0.2.7", "192.0.2.8"]}])
        self.assertTrue(api.good("DELETE", f"/zones/{zone}/records/{name}/A")["changed"])
        self.assertFalse(api.good("DELETE", f"/zones/{zone}/records/{name}/A")["changed"])

        change = api.good("GET", f"/history?name={zone}&limit=1")["items"][0]
        self.assertEqual([r["rdata"] for r in change["removed"]], ["192.0.2.7", "192.0.2.8"])
        self.assertEqual(change["via"], "api")
        self.assertEqual(api.good("GET", f"/history/{change['change']}"), change)
        undone = api.good("POST", f"/history/{change['change']}/undo", {"dry_run": True})
        self.assertTrue(undone["dry_run"])
        self.assertEqual(records(self.server, name, "A"), [])
        self.assertTrue(api.good("POST", f"/history/{change['change']}/undo")["changed"])
        self.assertEqual(sorted(records(self.server, name, "A")), ["192.0.2.7", "192.0.2.8"])

        added = api.good("POST", "/hosts", {"name": host, "ttl": 30, "expire": "30d", "ipv6_suffix": "::1"})
        self.assertEqual((added["ttl"], added["expire"], added["ipv6_suffix"]), (30, 30 * 86400, "::1"))
        self.server.passwords[host] = added["password"]
        self.assertEqual(self.server.update(f"hostname={host}&myip=198.51.100.1", host)[0], 200)
        self.assertEqual(api.good("GET", f"/hosts/{host}")["ipv4"], ["198.51.100.1"])
        self.assertIn(host, [h["name"] for h in api.good("GET", "/hosts")["items"]])
        self.assertEqual(api.good("PATCH", f"/hosts/{host}", {"ttl": 90})["ttl"], 90)
        self.assertEqual(api.good("GET", f"/hosts/{host}")["expire"], 30 * 86400)
        self.assertEqual(api.good("GET", f"/hosts/{host}/credentials")["password"], added["password"])
        self.assertNotEqual(api.good("POST", f"/hosts/{host}/rotate", {"overlap": 0})["password"], added["password"])
        self.assertEqual(self.server.update(f"hostname={host}&myip=198.51.100.2", host)[0], 401)
        api.good("DELETE", f"/hosts/{host}?keep_addresses=true")
        self.assertEqual(records(self.server, host, "A"), ["198.51.100.1"])

        secret = api.good("POST", "/keys", {"name": key, "grants": [f"a.{zone}", f"b.{zone}"], "types": ["A", "TXT"]})["secret"]
        self.assertEqual([g["types"] for g in api.good("GET", f"/keys/{key}")["grants"]], [["A", "TXT"]] * 2)
        self.assertIn(key, [k["name"] for k in api.good("GET", "/keys")["items"]])
        self.assertEqual(api.good("GET", f"/keys/{key}/secret")["secret"], secret)
        self.assertNotEqual(api.good("POST", f"/keys/{key}/rotate")["secret"], secret)
        self.assertEqual(api.good("POST", f"/keys/{key}/disable")["state"], "disabled")
        self.assertEqual(api.good("POST", f"/keys/{key}/enable")["state"], "valid")
        self.assertIsNotNone(api.good("POST", f"/keys/{key}/expire", {"time": "30d"})["expires"])
        grants = api.good("POST", f"/keys/{key}/grants", {"where": name, "preset": "acme"})["grants"]
        self.assertEqual(grants[-1]["preset"], "acme")
        api.good("DELETE", f"/keys/{key}/grants/{grants[-1]['number']}")
        self.assertTrue(api.good("GET", f"/explain?key={key}&name=a.{zone}&type=A")["allowed"])
        self.assertFalse(api.good("GET", f"/explain?key={key}&name=c.{zone}&type=A")["allowed"])
        self.assertIn(key, [k["key"] for k in api.good("GET", f"/who?name=a.{zone}")["items"]])
        api.good("DELETE", f"/keys/{key}")

        token = api.good("POST", "/tokens", {"name": f"t{n}", "read_only": True, "below": [zone], "expire": "30d"})
        self.assertEqual(ApiClient(self.server.connect, token["token"]).good("GET", f"/zones/{zone}")["name"], zone)
        self.assertIn(f"t{n}", [t["name"] for t in api.good("GET", "/tokens")["items"]])
        self.assertTrue(api.good("GET", f"/tokens/t{n}")["read_only"])
        api.good("DELETE", f"/tokens/t{n}")
        self.assertEqual(ApiClient(self.server.connect, token["token"]).call("GET", f"/zones/{zone}")[0], 401)
        api.good("DELETE", f"/zones/{zone}")
        self.assertEqual(api.call("GET", f"/zones/{zone}")[0], 404)
        return api.seen

    def test_everything_that_is_described_is_there_by_every_way_in(self):
        self.assertEqual(self.walk_through(self.api, 1), operations())
        self.assertEqual(self.walk_through(self.socket_client(), 2), operations())

    def test_everything_that_is_there_is_described(self):
        """The server names the methods of each path: with those of the file there is no other; and other paths are none."""
        words = {"zone": "example.com", "host": HOST, "key": HOST, "name": "www.example.com", "type": "A", "grant": "1", "change": "1", "token": "all"}
        for path, item in OPENAPI["paths"].items():
            target = path.replace("/api/v1", "").format(**words)
            allowed = self.allow(target)
            self.assertEqual(allowed, {m.upper() for m in item}, path)
            for other in ("x", "..", "%2e%2e"):
                if path.count("/") < 6:
                    self.assertIn(self.api.call("GET", f"{target}/{other}")[0], (400, 404, 405))

    def allow(self, target):
        connection = self.server.connect()
        self.addCleanup(connection.close)
        connection.request("OPTIONS", "/api/v1" + target, headers={"Authorization": f"Bearer {self.api.token}"})
        answer = connection.getresponse()
        answer.read()
        self.assertEqual(answer.status, 405)
        return set(answer.getheader("Allow").split(", "))

    def test_curl_on_the_control_socket(self):
        done = subprocess.run(["curl", "-fsS", "--unix-socket", os.path.join(self.server.data, "control.sock"), "http://localhost/api/v1/zones"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual([z["name"] for z in json.loads(done.stdout)["items"]], ["example.com."], done.stderr)
        self.assertIn("via api", self.server.cli("history", "--limit", "1") if self.socket_client().good(
            "PUT", "/zones/example.com/records/a.example.com/A", {"ttl": 1, "rdata": ["192.0.2.9"]}) else "")


class PageTest(ApiTest):
    def test_pages(self):
        for n in range(12):
            self.api.good("PUT", f"/zones/example.com/records/n{n:02}.example.com/A", {"ttl": 60, "rdata": [f"192.0.2.{n}"]})
            self.server.cli("host", "add", f"h{n}.example.com")
        whole = self.api.good("GET", "/zones/example.com/records?limit=1000")["items"]
        self.assertEqual(whole[0]["name"], "example.com.")
        for target in ("/zones/example.com/records", "/hosts", "/keys", "/history", "/zones", "/tokens", "/zones/example.com/records?type=A"):
            everything = self.api.good("GET", f"{target}{'&' if '?' in target else '?'}limit=1000")["items"]
            for limit in (1, 5, 12, 1000):
                self.assertEqual(self.all_pages(self.api, target, limit), everything, (target, limit))
        for wrong in ("limit=0", "limit=1001", "limit=x", "after=nothing.example.org", "colour=red", "type=A&type=AAAA", "name=..", "type=XYZZY"):
            self.assertEqual(self.api.call("GET", f"/zones/example.com/records?{wrong}")[0], 400, wrong)


class ManyTest(ApiTest):
    def test_a_page_of_more_than_one_answer_could_hold(self):
        """8,000 zones, whose names alone would be a megabyte: each page is what it is, and all of them are all."""
        name = "a-name-as-long-as-some-people-like-them"
        text = "@ 60 SOA ns.example.net. h. 1 2 3 4 5\n@ 60 NS ns.example.net.\n"
        for start in range(0, 8000, 4000):
            self.server.import_zones({f"z{n:05}.{name}.{name}.{name}.{name}.example": text for n in range(start, start + 4000)})
        page = self.api.good("GET", "/zones?limit=2")
        self.assertEqual(len(page["items"]), 2)
        page = self.api.good("GET", f"/zones?limit=1&after=z07998.{name}.{name}.{name}.{name}.example")
        self.assertTrue(page["items"][0]["name"].startswith("z07999."))
        self.assertEqual(len(self.all_pages(self.api, "/zones", 1000)), 8001)


class RightsTest(ApiTest):
    hosts = ((HOST,), ("other.example.com",))

    def test_without_a_token(self):
        for token in (None, "", "homing_x", self.api.token[:-1], self.api.token + "x"):
            status, said = ApiClient(self.server.connect, token).call("GET", "/zones")
            self.assertEqual((status, said["status"]), (401, 401))
        self.assertEqual(self.server.ask("/api/v1/zones", self.server.basic())[0], 401)  # a host's password is no token

    def test_a_token_that_reads(self):
        api = self.client("reader", "--read-only")
        api.good("GET", "/zones")
        self.assertNotIn("password", json.dumps(api.good("GET", "/hosts")))
        for method, target, body in (("GET", f"/hosts/{HOST}/credentials", None), ("GET", f"/keys/{HOST}/secret", None),
                                     ("POST", "/zones", {"name": "new.example"}), ("DELETE", f"/hosts/{HOST}", None),
                                     ("POST", "/tokens", {"name": "x"}), ("DELETE", "/tokens/all", None), ("POST", "/history/1/undo", {})):
            self.assertEqual(api.call(method, target, body)[0], 403, (method, target))

    def test_a_token_for_some_names(self):
        api = self.client("some", "--below", HOST)
        self.assertEqual([h["name"] for h in api.good("GET", "/hosts")["items"]], [HOST + "."])
        self.assertEqual(api.good("GET", "/zones")["items"], [])
        api.good("PUT", f"/zones/example.com/records/a.{HOST}/A", {"ttl": 60, "rdata": ["192.0.2.1"]})
        self.server.cli("record", "set", "other.example.com", "60", "A", "192.0.2.2")
        touched = api.good("GET", f"/history?name={HOST}&below=true")["items"]
        self.assertEqual(len(touched), 1)
        other = self.api.good("GET", "/history?limit=1")["items"][0]["change"]
        for method, target, body in (("GET", f"/history/{other}", None), ("POST", f"/history/{other}/undo", {}), ("GET", "/history", None),
                                     ("GET", "/zones/example.com/records", None), ("GET", "/keys", None), ("GET", "/tokens", None),
                                     ("PUT", "/zones/example.com/records/other.example.com/A", {"ttl": 1, "rdata": ["192.0.2.1"]}),
                                     ("GET", "/hosts/other.example.com/credentials", None), ("POST", "/tokens", {"name": "x"}),
                                     ("POST", "/hosts", {"name": "x.example.com"}), ("GET", "/status", None)):
            self.assertEqual(api.call(method, target, body)[0], 403, (method, target))
        api.good("POST", f"/history/{touched[0]['change']}/undo")

    def test_expiry_and_removal(self):
        api = self.client("brief", "--expire", "2000-01-01")
        self.assertEqual(api.call("GET", "/zones")[0], 401)
        self.server.cli("token", "remove", "all")
        self.assertEqual(self.api.call("GET", "/zones")[0], 401)

    def test_a_restart_keeps_them_and_the_store_has_no_token(self):
        self.server.restart()
        self.api.good("GET", "/zones")
        self.server.stop()
        for file in os.scandir(self.server.data):
            if file.is_file():
                with open(file, "rb") as octets:
                    self.assertNotIn(self.api.token.encode(), octets.read(), file.name)


class NonsenseTest(ApiTest):
    def test_bodies(self):
        deep = "[" * 20000 + "]" * 20000
        for body in ("{", "[]", "1", "\xff", "{}", '{"name": 1}', '{"name": null}', '{"name": "a..b"}', '{"nane": "example.org"}', deep,
                     '{"name": "example.org\\u0000"}', '{"name": "example.org", "name_servers": "ns1"}', '{"name": "example.org", "name_servers": [1]}'):
            status, said = self.api.call("POST", "/zones", body.encode("latin-1"), {"Content-Type": "application/json"})
            self.assertEqual(status, 400, (body[:60], said))
        self.assertIn("'name' meant", self.api.call("POST", "/zones", {"nane": "example.org"})[1]["detail"])
        self.assertEqual(self.api.call("POST", "/zones", "name=example.org", {"Content-Type": "application/x-www-form-urlencoded"})[0], 415)
        self.assertEqual(self.api.call("POST", "/zones", {"name": "example.org", "contact": "x" * 300000})[0], 413)
        self.assertEqual([z["name"] for z in self.api.good("GET", "/zones")["items"]], ["example.com."])

    def test_what_is_not_there_and_what_is_there_already(self):
        for method, target, body, status in (("GET", "/nothing", None, 404), ("GET", "/zones/example.org", None, 404), ("GET", "/hosts/x.example.com", None, 404),
                                             ("GET", "/keys/x", None, 404), ("GET", "/tokens/x", None, 404), ("DELETE", "/tokens/x", None, 404),
                                             ("GET", "/history/999999", None, 404), ("POST", "/history/x/undo", {}, 400), ("GET", "/hosts/a..b", None, 400),
                                             ("POST", "/zones", {"name": "example.com"}, 409), ("POST", "/hosts", {"name": HOST}, 409),
                                             ("POST", "/keys", {"name": HOST}, 409), ("POST", "/tokens", {"name": "all"}, 409),
                                             ("DELETE", f"/keys/{HOST}/grants/77", None, 404), ("DELETE", "/zones/example.org", None, 404),
                                             ("PUT", "/zones/example.com/records/www.example.org/A", {"ttl": 1, "rdata": ["192.0.2.1"]}, 404),
                                             ("PUT", "/zones/example.com/records/www.example.com/A", {"ttl": 1, "rdata": ["x"]}, 400),
                                             ("PUT", "/zones/example.com/records/www.example.com/CNAME", {"ttl": 1, "rdata": ["a."]}, 409),
                                             ("PUT", "/zones/example.com/records/www.example.com/ANY", {"ttl": 1, "rdata": ["a."]}, 400),
                                             ("DELETE", "/zones/example.com/records/example.com/SOA", None, 409)):
            got, said = self.api.call(method, target, body)
            self.assertEqual(got, status, (method, target, said))

    def test_a_body_without_a_token_is_not_waited_for(self):
        head = b"POST /api/v1/zones HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n"
        self.assertTrue(self.server.raw(head).startswith(b"HTTP/1.1 413 "))

    def test_many_at_once(self):
        """More than are carried out at a time: each is answered, or told to come again."""
        connections = [self.server.connect() for _ in range(100)]
        for c in connections:
            self.addCleanup(c.close)
            c.request("GET", "/api/v1/zones/example.com/records", headers={"Authorization": f"Bearer {self.api.token}"})
        self.assertLessEqual({c.getresponse().status for c in connections}, {200, 503})
        self.api.good("GET", "/zones")


if __name__ == "__main__":
    unittest.main()
