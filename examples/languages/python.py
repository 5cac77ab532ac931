import os


def worker(request):
    visit = int(Cache.get("visits") or 0) + 1
    Cache.set("visits", visit)
    with open("/data/greeting.txt") as file:
        greeting = file.read().strip()
    news = fetch(os.environ["NEWS"]).text()
    return Response(f"{greeting} from Python, visit {visit}. {news}")
