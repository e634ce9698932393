"""The figures of events once more, in plain Python, written from the catalogue's definitions.

Shares no code with the library. Works on dicts: id, name, kind, ts (naive UTC), person, channel,
sign, amount, props, context, traffic, and for orders: lines of (quantity, amount, product, group).
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

Event = dict[str, Any]
HALF_HOUR = timedelta(minutes=30)
DAY = timedelta(hours=24)
OFF_WEB = {"Order Completed", "Order Refunded", "Order Cancelled", "Consent Given",
           "Consent Withdrawn", "Customer Imported", "Unsubscribed", "Survey Answered", "Notice Given", "Campaign Targeted"}  # fmt: skip


def share(top: Any, bottom: Any, factor: int = 1) -> Fraction | None:
    return None if not bottom else factor * Fraction(top) / Fraction(bottom)


def number(text: Any) -> Fraction | None:
    try:
        return Fraction(str(text))
    except (ValueError, ZeroDivisionError):
        return None


class FromEvents:
    def __init__(
        self, events: list[Event], start: date, end: date, zone: str, window: int, now: datetime
    ):
        self.zone = ZoneInfo(zone)
        self.since, self.until = self.midnight(start), self.midnight(end)
        self.start, self.end, self.window, self.now = start, end, window, now
        self.all = events
        self.people = [e for e in events if e["traffic"] is None]
        self.inside = [e for e in self.people if self.since <= e["ts"] < self.until]
        self.bought: dict[str, list[datetime]] = defaultdict(list)
        for e in self.people:
            if e["lines"] and not e["person"].startswith("visitor:"):
                self.bought[e["person"]].append(e["ts"])

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC).replace(tzinfo=None)

    def local(self, ts: datetime) -> datetime:
        return ts.replace(tzinfo=UTC).astimezone(self.zone)

    def named(self, *names: str, events: list[Event] | None = None) -> list[Event]:
        return [e for e in (self.inside if events is None else events) if e["name"] in names]

    # -- visits

    def on_web(self, e: Event) -> bool:
        if e["kind"] not in ("track", "page", "screen"):
            return False
        if e["channel"] in ("web", "app"):
            return True
        return (
            e["channel"] is None
            and e["name"] not in OFF_WEB
            and not e["name"].startswith(("Email ", "Ticket "))
        )

    def all_visits(self) -> list[dict[str, Any]]:
        """Every visit of everybody, as a dict: person, events, engaged."""
        found = []
        each: dict[str, list[Event]] = defaultdict(list)
        for e in self.people:
            if self.on_web(e):
                each[e["person"]].append(e)
        for person, events in each.items():
            own = sorted((e for e in events if not automatic(e)), key=lambda e: e["ts"])
            visits: list[dict[str, Any]] = []
            for e in own:
                if not visits or e["ts"] - visits[-1]["events"][-1]["ts"] > HALF_HOUR:
                    visits.append({"person": person, "events": [], "engaged": Fraction(0)})
                visits[-1]["events"].append(e)
            for signal in (e for e in events if automatic(e)):
                before = [e for e in own if e["ts"] <= signal["ts"]]
                if before:
                    last = max(e["ts"] for e in before)
                    if signal["ts"] - last > timedelta(hours=12):
                        continue
                    for v in visits:
                        if v["events"][-1]["ts"] == last:  # the last page of its visit
                            v["engaged"] += number(signal["props"].get("seconds")) or 0
            found += visits
        return found

    def visits_inside(self) -> list[dict[str, Any]]:
        return [v for v in self.all_visits() if self.since <= v["events"][0]["ts"] < self.until]

    def known(self, visits: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Without cookieless ones, unless the period is one day."""
        if (self.end - self.start).days == 1:
            return visits
        return [v for v in visits if not v["person"].startswith("visitor:daily:")]

    def visit_figures(self) -> dict[str, Fraction | None]:
        visits = self.visits_inside()
        known = self.known(visits)
        pages = sum(is_page(e) for v in visits for e in v["events"])
        known_pages = sum(is_page(e) for v in known for e in v["events"])
        visitors = {v["person"] for v in known}
        timed = [v for v in visits if len(v["events"]) > 1 or v["engaged"] > 0]
        seconds = sum(
            (Fraction((v["events"][-1]["ts"] - v["events"][0]["ts"]) // timedelta(microseconds=1),
                      1_000_000) + v["engaged"] for v in timed), Fraction(0))  # fmt: skip
        bounces = [v for v in visits if len(v["events"]) == 1 and is_page(v["events"][0])]
        goals = [e for e in self.named("Order Completed")
                 if e["channel"] in ("web", "app", "server", None)]  # fmt: skip
        buyers = {e["person"] for e in goals}
        return {
            "page_views": Fraction(sum(is_page(e) for e in self.inside)),
            "visitors": Fraction(len(visitors)),
            "visits": Fraction(len(visits)),
            "time_on_site": share(seconds, 3600 * len(timed)),
            "pages_per_visit": share(pages, len(visits)),
            "pages_per_visitor": share(known_pages, len(visitors)),
            "visit_frequency": share(len(known), len(visitors)),
            "bounce_rate": share(len(bounces), len(visits), 100),
            "conversion_rate": share(len(goals), len(visits), 100),
            "conversion_rate_visitors": share(len(visitors & buyers), len(visitors), 100),
            "stickiness": self.stickiness(),
        }

    def new_visitors(self) -> int:
        first: dict[str, datetime] = {}
        for e in self.people:
            if self.on_web(e) and not automatic(e):
                first[e["person"]] = min(e["ts"], first.get(e["person"], e["ts"]))
        visitors = {v["person"] for v in self.known(self.visits_inside())}
        return sum(
            1 for p in visitors if first[p] >= self.since and not p.startswith("visitor:daily:")
        )

    def stickiness(self) -> Fraction | None:
        days: dict[tuple[int, int], set[tuple[str, date]]] = defaultdict(set)
        for e in self.inside:
            if self.on_web(e) and not automatic(e) and not e["person"].startswith("visitor:daily:"):
                day = self.local(e["ts"]).date()
                days[day.year, day.month].add((e["person"], day))
        top, bottom = Fraction(0), 0
        for (year, month), active in days.items():
            length = calendar.monthrange(year, month)[1]
            first, last = date(year, month, 1), date(year, month, length)
            if self.start <= first and last < self.end:
                top += Fraction(len(active), length)
                bottom += len({p for p, _ in active})
        return share(top, bottom, 100)

    # -- interaction

    def interaction(self) -> dict[str, Fraction | None]:
        shown = len(self.named("Promotion Viewed", "Ad Viewed"))
        clicked = len(self.named("Promotion Clicked", "Ad Clicked"))
        goals = sum(e["channel"] != "till" for e in self.named("Order Completed"))
        mentions = self.named("Mention Received")
        good = sum(1 for e in mentions if e["sign"] == 1)
        posts = self.posts()
        likes = sum(p["likes"] + p["comments"] for p in posts)
        reached = self.named(
            "Email Delivered", "Message Delivered", "Promotion Viewed", "Ad Viewed"
        )
        community = ("Community Visited", "Post Created", "Reply Created", "Vote Cast",
                     "Idea Submitted")  # fmt: skip
        return {
            "ctr": share(clicked, shown, 100),
            "conversion_rate_clicks": share(goals, clicked, 100),
            "conversion_rate_impressions": share(goals, shown, 100),
            "abandonment_rate": self.abandoned(lambda e: ""),
            "abandonment_rate_carts": self.abandoned(lambda e: e["props"].get("cart_id", "")),
            "social_activity": Fraction(len(mentions)),
            "positive_mentions_share": share(good, len(mentions), 100),
            "replies_per_post": share(len(self.named("Comment Received", "Reply Received")),
                                      len(self.named("Post Published"))),
            "engagement_rate": share(likes, sum(p["followers"] for p in posts), 100),
            "engagement_rate_with_shares": share(likes + sum(p["shares"] for p in posts),
                                                 sum(p["followers"] for p in posts), 100),
            "potential_reach": Fraction(sum(p["potential_reach"] for p in posts)),
            "downloads": Fraction(len(self.named("File Downloaded"))),
            "subscriptions": Fraction(len(self.named("Subscribed", "Newsletter Subscribed"))),
            "reach": Fraction(len({e["person"] for e in reached})),
            "active_members": Fraction(len({e["person"] for e in self.named(*community)})),
            "reach_share": self.reach_share(),
            **self.mails(),
        }  # fmt: skip

    def posts(self) -> list[dict[str, Fraction]]:
        last: dict[tuple[str, str], Event] = {}
        for e in sorted(self.named("Post Measured"), key=lambda e: (e["ts"], e["id"])):
            last[e["props"]["account"], e["props"]["post"]] = e
        keys = ("likes", "comments", "shares", "potential_reach", "followers")
        return [{k: Fraction(e["props"][k]) for k in keys} for e in last.values()]

    def abandoned(self, cart_of: Any) -> Fraction | None:
        carts: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for e in self.named("Product Added", "Product Removed", "Cart Viewed", "Checkout Started"):
            carts[e["person"], cart_of(e)].append(e)
        over = left = 0
        for (person, _), events in carts.items():
            if not any(e["name"] == "Product Added" for e in events):
                continue
            last = max(e["ts"] for e in events)
            if last + DAY > self.now:
                continue
            over += 1
            left += not any(
                e["name"] == "Order Completed" and e["person"] == person and last <= e["ts"] < last + DAY
                for e in self.people
            )  # fmt: skip
        return share(left, over, 100)

    def mails(self) -> dict[str, Fraction | None]:
        """A mail is a person and a campaign; what happened since the period began."""
        mails: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for e in self.all:
            if e["ts"] >= self.since and e["name"].startswith(("Email ", "Unsubscribed")):
                mails[e["person"], e["props"].get("campaign_id", "")].append(e)
        count: dict[str, int] = defaultdict(int)
        for events in mails.values():
            sent = [e for e in events if e["name"] in ("Email Delivered", "Email Bounced")
                    and e["traffic"] is None]  # fmt: skip
            if not sent or min(e["ts"] for e in sent) >= self.until:
                continue
            count["sent"] += 1
            names = {e["name"] for e in events if e["traffic"] is None}
            by_people = {e["name"] for e in events if e["traffic"] is None
                         and e["props"].get("machine") is not True}  # fmt: skip
            if "Email Delivered" not in names:
                count["bounced"] += 1
                continue
            count["delivered"] += 1
            count["opened"] += "Email Opened" in by_people
            count["clicked"] += "Email Link Clicked" in by_people
            count["unsubscribed"] += "Unsubscribed" in names
            count["spam"] += "Email Marked as Spam" in names
        delivered = count["delivered"]
        return {
            "open_rate": share(count["opened"], delivered, 100),
            "click_rate": share(count["clicked"], delivered, 100),
            "click_to_open": share(count["clicked"], count["opened"], 100),
            "unsubscribe_rate": share(count["unsubscribed"], delivered, 100),
            "spam_complaint_rate": share(count["spam"], delivered, 100),
            "mail_bounce_rate": share(count["bounced"], count["sent"], 100),
        }

    def reach_share(self) -> Fraction | None:
        reached: dict[str, bool] = {}
        for target in self.people:
            if target["name"] != "Campaign Targeted" or target["ts"] < self.since:
                continue
            key = (target["person"], target["props"].get("campaign_id", ""))
            first = min(e["ts"] for e in self.people if e["name"] == "Campaign Targeted"
                        and e["ts"] >= self.since
                        and (e["person"], e["props"].get("campaign_id", "")) == key)  # fmt: skip
            if first >= self.until:
                continue
            hit = any(
                e["name"]
                in ("Email Delivered", "Message Delivered", "Promotion Viewed", "Ad Viewed")
                and e["ts"] >= self.since
                and (e["person"], e["props"].get("campaign_id", "")) == key
                for e in self.people
            )
            reached[target["person"]] = reached.get(target["person"], False) or hit
        return share(sum(reached.values()), len(reached), 100)

    # -- asked

    def scores(self, question: str, low: int, high: int) -> list[Fraction]:
        found = []
        for e in self.named("Survey Answered"):
            score = number(e["props"].get("score"))
            if (
                e["props"].get("question") == question
                and score is not None
                and low <= score <= high
            ):
                found.append(score)
        return found

    def asked(self) -> dict[str, Fraction | None]:
        nps, csat, ces = (
            self.scores("nps", 0, 10),
            self.scores("csat", 1, 5),
            self.scores("ces", 1, 7),
        )
        intent = self.scores("purchase_intent", 1, 5)
        likely = self.scores("purchase_probability", 0, 100)
        yes = self.scores("purchase_consideration", 0, 1)
        touch = self.scores("touchpoint", 1, 5)
        mean = share(sum(touch), len(touch))
        return {
            "nps": share(sum(s >= 9 for s in nps) - sum(s <= 6 for s in nps), len(nps), 100),
            "csat": share(sum(s >= 4 for s in csat), len(csat), 100),
            "csat_mean": share(sum(csat), len(csat)),
            "ces": share(sum(ces), len(ces)),
            "ces_easy": share(sum(s >= 5 for s in ces), len(ces), 100),
            "purchase_intent": share(sum(s >= 4 for s in intent), len(intent), 100),
            "purchase_probability": share(sum(likely), len(likely)),
            "purchase_consideration": share(sum(s == 1 for s in yes), len(yes), 100),
            "touchpoint_satisfaction": None if mean is None else mean - 3,
            "loyalty_index": self.loyalty(),
            "response_rate": self.responses(),
        }

    def loyalty(self) -> Fraction | None:
        answers: dict[tuple[str, str], dict[str, Fraction]] = defaultdict(dict)
        scale = {1: 100, 2: 80, 3: 60, 4: 40, 5: 20, 6: 0}
        for e in sorted(self.named("Survey Answered"), key=lambda e: (e["ts"], e["id"])):
            question, score = str(e["props"].get("question")), number(e["props"].get("score"))
            if question.startswith("loyalty_") and score in scale:
                answers[e["person"], e["props"].get("response", "")][question] = Fraction(
                    scale[score]
                )
        whole = [sum(a.values()) for a in answers.values() if len(a) == 3]
        return share(sum(whole), 3 * len(whole))

    def responses(self) -> Fraction | None:
        surveys: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for e in self.named("Survey Delivered", "Survey Answered",
                            events=[e for e in self.people if e["ts"] >= self.since]):  # fmt: skip
            surveys[e["person"], e["props"].get("survey", "")].append(e)
        invited = answered = 0
        for events in surveys.values():
            sent = [e["ts"] for e in events if e["name"] == "Survey Delivered"]
            if sent and min(sent) < self.until:
                invited += 1
                answered += any(
                    e["name"] == "Survey Answered" and e["ts"] >= min(sent) for e in events
                )
        return share(answered, invited, 100)

    # -- customers

    def at(self, day: date) -> set[str]:
        end, begin = self.midnight(day), self.midnight(day - timedelta(days=self.window))
        return {p for p, times in self.bought.items() if any(begin <= t < end for t in times)}

    def customers(self) -> dict[str, Fraction | None]:
        start, end = self.at(self.start), self.at(self.end)
        first = {p: min(times) for p, times in self.bought.items()}
        new = {p for p, t in first.items() if self.since <= t < self.until}
        said: dict[str, set[str]] = defaultdict(set)
        for e in self.people:
            if e["ts"] < self.until:
                said[e["name"]].add(e["person"])
        makers = {e["person"] for e in self.named("Referral Made", "Product Shared", "Invite Sent")}
        lost = {p for p, times in self.bought.items()
                if any(t < self.since for t in times)} - start  # fmt: skip
        lost = {p for p in lost if max(t for t in self.bought[p] if t < self.since)
                < self.midnight(self.start - timedelta(days=self.window))}  # fmt: skip
        out = self.named("Email Delivered", "Message Delivered", "Letter Sent", "Call Made",
                         "Survey Delivered", "Push Notification Received")  # fmt: skip
        contacted = {p: min(e["ts"] for e in out if e["person"] == p)
                     for p in {e["person"] for e in out} & lost}  # fmt: skip
        back = [p for p, t in contacted.items()
                if any(t <= b < self.until for b in self.bought[p])]  # fmt: skip
        return {
            "relationship_length": share(
                sum((self.end - self.local(first[p]).date()).days for p in end), len(end)),
            "loyalty_streak": share(sum(self.streak(p) for p in end), len(end)),
            "referrals": Fraction(len(new & said["Referral Accepted"])),
            "referral_rate": share(len(end & makers), len(end), 100),
            "win_back_rate": share(len(back), len(contacted), 100),
            "held_through_trouble": self.trouble(start),
            "contact_density": self.density(end),
            "spend_trend": self.spend_trend(),
        }  # fmt: skip

    def streak(self, person: str) -> int:
        times = sorted(t for t in self.bought[person] if t < self.until)
        switched = [e["ts"] for e in self.people if e["name"] == "Supplier Switched"
                    and e["person"] == person and e["ts"] < self.until]  # fmt: skip
        run = 0
        for i, t in enumerate(times):
            gap = i and (self.local(t).date() - self.local(times[i - 1]).date()).days > self.window
            run = 1 if gap else run + 1
            if any(t <= s for s in switched):
                run = 0
        return run

    def trouble(self, start: set[str]) -> Fraction | None:
        after = self.midnight(self.end + timedelta(days=self.window))
        if after > self.now:
            return None
        hit = {e["person"] for e in self.named("Incident Hit")} & start
        held = [p for p in hit if any(self.until <= t < after for t in self.bought[p])]
        return share(len(held), len(hit), 100)

    def density(self, end: set[str]) -> Fraction | None:
        out = {"Email Delivered", "Message Delivered", "Letter Sent", "Call Made", "Survey Delivered",
               "Push Notification Received"}  # fmt: skip
        into = {"Ticket Opened", "Ticket Message Received", "Call Received", "Message Received",
                "Survey Answered", "Order Completed", "Complaint Filed", "Product Reviewed"}  # fmt: skip
        contacts = sum(v["person"] in end for v in self.visits_inside())
        for e in self.inside:
            if e["person"] in end:
                contacts += e["name"] in out
                contacts += e["name"] in into and not self.on_web(e)
        return share(contacts, len(end))

    def spend_trend(self) -> Fraction | None:
        months = (self.end.year - self.start.year) * 12 + self.end.month - self.start.month
        if self.start.day == self.end.day == 1:
            index = self.start.year * 12 + self.start.month - 1 - months
            before = date(index // 12, index % 12 + 1, 1)
        else:
            before = self.start - (self.end - self.start)
        spent: dict[str, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
        for e in self.people:
            if e["lines"] and not e["person"].startswith("visitor:"):
                for which, (a, b) in enumerate(((self.midnight(before), self.since),
                                                (self.since, self.until))):  # fmt: skip
                    if a <= e["ts"] < b:
                        spent[e["person"]][which] += sum(Fraction(line[1]) for line in e["lines"])
        return share(sum(now > old for old, now in spent.values()), len(spent), 100)

    # -- service, community, programme

    def service(self) -> dict[str, Fraction | None]:
        tickets: dict[str, list[Event]] = defaultdict(list)
        for e in self.people:
            if e["name"].startswith("Ticket "):
                tickets[e["props"]["ticket"]].append(e)
        first, solved, once, resolved, due, met = [], 0, 0, [], 0, 0
        for events in tickets.values():
            when = lambda name, events=events: [e["ts"] for e in events if e["name"] == name]  # noqa: E731
            opened = when("Ticket Opened")
            if not opened:
                continue
            begun, replies = min(opened), when("Ticket Replied")
            reopened, closed = when("Ticket Reopened"), when("Ticket Solved")
            if self.since <= begun < self.until:
                if replies and min(replies) >= begun:
                    first.append(self.business(begun, min(replies)))
                limits = [e["props"]["due"] for e in events
                          if e["name"] == "Ticket Opened" and "due" in e["props"]]  # fmt: skip
                if limits:
                    limit = datetime.fromisoformat(max(limits))
                    in_time = bool(replies) and min(replies) <= limit
                    if in_time or limit <= self.now:
                        due += 1
                        met += in_time
            if closed and self.since <= max(closed) < self.until:
                last = max(closed)
                if not reopened or max(reopened) < last:
                    solved += 1
                    once += len(replies) <= 1 and not reopened
                    if last >= begun:
                        resolved.append(self.business(begun, last))
        return {
            "tickets_solved": Fraction(solved),
            "first_response_time": Fraction(median(first)) if first else None,
            "resolution_time": Fraction(median(resolved)) if resolved else None,
            "first_contact_resolution": share(once, solved, 100),
            "sla_met": share(met, due, 100),
            "promises_kept": self.promises(),
            "deflection_rate": self.deflected(),
            **self.complaints(),
            "ideas": Fraction(len(self.named("Idea Submitted"))),
            "votes": Fraction(len(self.named("Vote Cast"))),
            "ideas_realised": Fraction(len(self.named("Idea Realised"))),
        }

    def business(self, begin: datetime, end: datetime) -> Fraction:
        """Hours between the two, Monday to Friday, 9 to 17 o'clock."""
        total, day = timedelta(0), self.local(begin).date()
        while day <= self.local(end).date():
            if day.weekday() < 5:
                opens, closes = (
                    datetime.combine(day, time(h), self.zone).astimezone(UTC).replace(tzinfo=None)
                    for h in (9, 17)
                )
                total += max(timedelta(0), min(end, closes) - max(begin, opens))
            day += timedelta(days=1)
        return Fraction(total // timedelta(microseconds=1), 3_600_000_000)

    def promises(self) -> Fraction | None:
        made: dict[str, list[Event]] = defaultdict(list)
        for e in self.named("Promise Made", "Promise Kept", events=self.people):
            made[e["props"]["promise"]].append(e)
        due = kept = 0
        for events in made.values():
            limits = [e["props"]["due"] for e in events if e["name"] == "Promise Made"]
            if not limits:
                continue
            limit = datetime.fromisoformat(max(limits))
            if self.since <= limit < self.until and limit <= self.now:
                due += 1
                done = [e["ts"] for e in events if e["name"] == "Promise Kept"]
                kept += bool(done) and min(done) <= limit
        return share(kept, due, 100)

    def deflected(self) -> Fraction | None:
        helped = alone = 0
        for v in self.visits_inside():
            looked = [
                e["ts"] for e in v["events"] if e["name"] in ("Article Searched", "Article Viewed")
            ]
            if not looked or min(looked) + DAY > self.now:
                continue
            helped += 1
            alone += not any(
                e["name"] == "Ticket Opened" and e["person"] == v["person"]
                and min(looked) <= e["ts"] < min(looked) + DAY for e in self.people
            )  # fmt: skip
        return share(alone, helped, 100)

    def complaints(self) -> dict[str, Fraction | None]:
        filed: dict[str, list[Event]] = defaultdict(list)
        for e in self.named("Complaint Filed", "Complaint Settled", events=self.people):
            if e["ts"] >= self.since:
                filed[e["props"]["complaint"]].append(e)
        count = content = 0
        for events in filed.values():
            when = [e["ts"] for e in events if e["name"] == "Complaint Filed"]
            if when and self.since <= min(when) < self.until:
                count += 1
                content += any(e["props"].get("content") is True for e in events
                               if e["name"] == "Complaint Settled")  # fmt: skip
        purchases = sum(bool(e["lines"]) for e in self.inside)
        return {
            "complaints": share(count, purchases, 100),
            "complaints_content": share(content, count, 100),
        }

    def programme(self) -> dict[str, Fraction | None]:
        joined: dict[str, datetime] = {}
        left: dict[str, datetime] = {}
        points: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
        used: dict[str, datetime] = {}
        spent = {
            "Points Issued": Fraction(0),
            "Points Redeemed": Fraction(0),
            "Points Expired": Fraction(0),
        }
        redeemed = set()
        for e in (e for e in self.people if e["ts"] < self.until):
            person = e["person"]
            if e["name"] == "Programme Joined":
                joined[person] = max(e["ts"], joined.get(person, e["ts"]))
            elif e["name"] == "Programme Left":
                left[person] = max(e["ts"], left.get(person, e["ts"]))
            elif e["name"].startswith("Points "):
                points[person][e["name"]] += number(e["props"]["points"])
                if e["name"] != "Points Expired":
                    used[person] = max(e["ts"], used.get(person, e["ts"]))
                if e["name"] == "Points Redeemed":
                    redeemed.add(person)
                if e["ts"] >= self.since:
                    spent[e["name"]] += number(e["props"]["points"])
        members = {p for p, t in joined.items() if p not in left or left[p] < t}
        year = self.midnight(a_year_before(self.end))
        active = {
            p for p in members
            if used.get(p, datetime.min) >= year
            or any(year <= t < self.until for t in self.bought.get(p, []))
        }  # fmt: skip
        open_ = sum(
            p["Points Issued"] - p["Points Redeemed"] - p["Points Expired"] for p in points.values()
        )
        return {
            "members": Fraction(len(members)),
            "members_active": Fraction(len(active)),
            "redeemed_ever_rate": share(len(members & redeemed), len(members), 100),
            "redemption_rate": share(spent["Points Redeemed"], spent["Points Issued"], 100),
            "breakage": share(spent["Points Expired"], spent["Points Issued"], 100),
            "points_liability": Fraction(open_) / 100,
        }

    # -- engagement

    def engagement(self) -> dict[str, Fraction | None]:
        people = sorted(self.at(self.end))
        visits: dict[str, list[int]] = defaultdict(list)
        for v in self.visits_inside():
            visits[v["person"]].append(sum(is_page(e) for e in v["events"]))
        did: dict[str, list[Event]] = defaultdict(list)
        for e in self.inside:
            did[e["person"]].append(e)

        def times(p: str, *names: str) -> int:
            return sum(e["name"] in names for e in did[p])

        def mean(values: list[Fraction]) -> Fraction | None:
            return share(sum(values), len(values))

        def scores(p: str, question: str, low: int, high: int) -> list[Fraction]:
            found = [
                number(e["props"].get("score"))
                for e in did[p]
                if e["name"] == "Survey Answered" and e["props"].get("question") == question
            ]
            return [s for s in found if s is not None and low <= s <= high]

        behaviour = [
            {p: Fraction(len(visits[p])) for p in people},
            {
                p: Fraction(sum(self.since <= t < self.until for t in self.bought[p]))
                for p in people
            },
            {p: Fraction(times(p, "Post Created", "Reply Created")) for p in people},
            {
                p: Fraction(times(p, "Referral Made", "Product Shared", "Invite Sent"))
                for p in people
            },
        ]
        thought = [
            {
                p: sum(
                    (
                        number(e["props"].get("seconds")) or Fraction(0)
                        for e in did[p]
                        if automatic(e)
                    ),
                    Fraction(0),
                )
                for p in people
            },
            {p: share(sum(visits[p]), len(visits[p])) or Fraction(0) for p in people},
            {p: Fraction(times(p, "Article Viewed", "File Downloaded")) for p in people},
            {
                p: Fraction(
                    times(
                        p, "Survey Answered", "Product Reviewed", "Review Posted", "Idea Submitted"
                    )
                )
                for p in people
            },
        ]
        feeling = [
            {p: m for p in people if (m := mean(scores(p, "nps", 0, 10))) is not None},
            {p: m for p in people if (m := mean(scores(p, "csat", 1, 5))) is not None},
            {
                p: m
                for p in people
                if (m := mean([Fraction(e["sign"]) for e in did[p] if e["sign"] is not None]))
                is not None
            },
        ]
        ranks = [percentiles(m) for m in feeling]
        felt = {p: mean(r) for p in people if (r := [m[p] for m in ranks if p in m])}
        facets = [percentiles({p: sum(percentiles(m)[p] for m in behaviour) for p in people})]
        if any(v for m in thought for v in m.values()):
            facets.append(percentiles({p: sum(percentiles(m)[p] for m in thought) for p in people}))
        facets.append(percentiles(felt))
        levels = [mean([f[p] for f in facets if p in f]) for p in people]
        return {
            "engagement_level": share(
                sum(round(1_000_000 * x) for x in levels), len(people) * 10_000
            )
        }

    # -- stated

    def stated(self) -> dict[str, Fraction | None]:
        days = (self.end - self.start).days
        found = {}
        for id, name, key, place in (("penetration", "Demand Stated", "quantity", 0),
                                     ("share_of_wallet", "Spend Stated", "amount", 1)):  # fmt: skip
            said: dict[tuple[str, str], Fraction] = {}
            for e in sorted(self.named(name, events=self.people), key=lambda e: (e["ts"], e["id"])):
                value = number(e["props"].get(key))
                if e["ts"] < self.until and value is not None and value > 0:
                    said[e["person"], e["props"].get("product_group", "")] = value
            own = Fraction(0)
            for person, group in said:
                for e in self.inside:
                    if e["person"] == person and not person.startswith("visitor:"):
                        own += sum(Fraction(line[place]) for line in e["lines"]
                                   if not group or line[3] == group)  # fmt: skip
            found[id] = share(own * 365, sum(said.values()) * days, 100)
        return found

    def upgrades(self) -> dict[str, Fraction | None]:
        plans: dict[tuple[str, str], list[Event]] = defaultdict(list)
        ended = set()
        for e in sorted(self.people, key=lambda e: (e["ts"], e["id"])):
            if e["ts"] >= self.until:
                continue
            key = (e["person"], e["props"].get("contract", ""))
            if e["name"] in ("Contract Started", "Plan Changed") and "value" in e["props"]:
                plans[key].append(e)
            if e["name"] == "Contract Ended":
                ended.add(key)
        each: dict[str, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
        for key, events in plans.items():
            if key in ended:
                continue
            before = [e for e in events if e["ts"] < self.since]
            each[key[0]][0] += number((before[-1] if before else events[0])["props"]["value"])
            each[key[0]][1] += number(events[-1]["props"]["value"])
        return {"upgrades": share(sum(b > a for a, b in each.values()), len(each), 100)}

    # -- attachment and lock-in

    def binding(self) -> dict[str, Fraction | None]:
        year = self.midnight(a_year_before(self.end))
        window = self.midnight(self.end - timedelta(days=self.window))
        known = [e for e in self.people
                 if e["ts"] < self.until and not e["person"].startswith("visitor:")]  # fmt: skip
        contracts: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for e in sorted(known, key=lambda e: (e["ts"], e["id"])):
            if e["name"] in ("Contract Started", "Contract Ended"):
                contracts[e["person"], e["props"].get("contract", "")].append(e)
        begun = {
            k: es for k, es in contracts.items() if any(e["name"] == "Contract Started" for e in es)
        }
        spans: dict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
        bound: dict[str, Fraction] = {}
        for (person, _), events in begun.items():
            starts = [e for e in events if e["name"] == "Contract Started"]
            ends_at = [e["ts"] for e in events if e["name"] == "Contract Ended"]
            for start in starts:
                later = [ts for ts in ends_at if ts >= start["ts"]]
                spans[person].append((start["ts"], min(later, default=None)))
            if events[-1]["name"] == "Contract Ended":
                continue
            said = [e["props"]["ends"] for e in starts if "ends" in e["props"]]
            notices = [e["props"]["notice_days"] for e in starts if "notice_days" in e["props"]]
            notice = Fraction(notices[-1] if notices else 0)
            ends = datetime.fromisoformat(said[-1]) if said else None
            if ends is not None and ends > starts[-1]["ts"]:
                left, term = in_days(ends - self.until), in_days(ends - starts[-1]["ts"])
                part = min(Fraction(1), (max(Fraction(0), left) + notice) / (term + notice))
            else:
                part = min(Fraction(1), notice / 365)
            bound[person] = max(part, bound.get(person, Fraction(0)))
        bought: dict[str, int] = defaultdict(int)
        buyers = set()
        for person, times in self.bought.items():
            for ts in (t for t in times if t < self.until):
                if ts >= window:
                    buyers.add(person)
                free = not any(a <= ts and (b is None or ts < b) for a, b in spans[person])
                bought[person] += free and ts >= year
        people = buyers | bound.keys()
        recent = [e for e in known if e["ts"] >= year]

        def answers(person: str, kinds: tuple[str, ...], low: int, high: int) -> list[Fraction]:
            found = [number(e["props"].get("score")) for e in sorted(recent, key=lambda e: (e["ts"], e["id"]))
                     if e["person"] == person and e["name"] == "Survey Answered"
                     and e["props"].get("question") in kinds]  # fmt: skip
            return [x for x in found if x is not None and low <= x <= high]

        def ranks(counts: dict[str, int]) -> dict[str, Fraction]:
            whole = {p: Fraction(counts.get(p, 0)) for p in people}
            return {p: rank for p, rank in percentiles(whole).items() if whole[p] > 0}

        def count(names: tuple[str, ...]) -> dict[str, int]:
            found: dict[str, int] = defaultdict(int)
            for e in recent:
                if e["name"] in names and (names == COMMUNITY or (e["sign"] or 0) >= 0):
                    found[e["person"]] += 1
            return found

        shared = [ranks(count(UNASKED)), ranks(count(COMMUNITY)), ranks(bought)]
        attached, locked = [], []
        for person in people:
            parts = [of[person] for of in shared if person in of]
            if csat := answers(person, ("csat",), 1, 5):
                parts.append((mean(csat) - 1) / 4)
            if nps := answers(person, ("nps",), 0, 10):
                parts.append(nps[-1] / 10)
            if warm := answers(person, ("commitment", "involvement", "trust"), 1, 5):
                parts.append((mean(warm) - 1) / 4)
            if len(parts) >= 2:
                attached.append(rounded(mean(parts)))
            causes = [bound.get(person, Fraction(0))] if begun else []
            if cost := answers(person, ("switching_cost",), 1, 5):
                causes.append((cost[-1] - 1) / 4)
            if causes:
                locked.append(rounded(max(causes)))
        return {
            "attachment": share(sum(attached), len(attached)),
            "lock_in": share(sum(locked), len(locked)),
        }

    def every(self) -> dict[str, Fraction | None]:
        return {
            **self.visit_figures(), **self.interaction(), **self.asked(), **self.customers(),
            **self.service(), **self.programme(), **self.stated(), **self.upgrades(),
            **self.engagement(), **self.binding(),
        }  # fmt: skip


def percentiles(values: dict[str, Fraction]) -> dict[str, Fraction]:
    """Mid-ranks, 0 to 1: equals are equal."""
    return {
        p: Fraction(2 * sum(w < v for w in values.values()) + sum(w == v for w in values.values()),
                    2 * len(values))
        for p, v in values.items()
    }  # fmt: skip


UNASKED = ("Product Reviewed", "Review Posted", "Referral Made", "Product Shared", "Invite Sent",
           "Message Received", "Call Received", "Mention Received", "Idea Submitted")  # fmt: skip
COMMUNITY = ("Community Visited", "Post Created", "Reply Created", "Vote Cast", "Idea Submitted")


def mean(values: list[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def in_days(length: timedelta) -> Fraction:
    return Fraction(length // timedelta(microseconds=1), 86_400_000_000)


def rounded(part: Fraction) -> Fraction:
    """From 0 to 100, to four places."""
    return Fraction(int(part * 1_000_000 + Fraction(1, 2)), 10_000)


def is_page(e: Event) -> bool:
    return e["kind"] == "page" or e["name"] == "Page Viewed"


def automatic(e: Event) -> bool:
    return e["name"] in ("Page Engaged", "Page Scrolled")


def a_year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
