from local.cloud.mended import LOOPBACK, here


def test_one_name_leads_to_this_machine_and_every_other_to_where_it_does() -> None:
    def resolve(host: str, port: int, *, family: int) -> tuple[str, int, int]:
        return host, port, family

    assert here(resolve, "cloud.example.com", "cloud.example.com", 80, family=0) == (LOOPBACK, 80, 0)
    assert here(resolve, "cloud.example.com", "other.example.com", 80, family=0) == ("other.example.com", 80, 0)
