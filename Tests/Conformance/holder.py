# SPDX-License-Identifier: Apache-2.0
"""What an agent does while it may lose its server: it holds jobs that were lent to it, and people it has learned."""

import collections
import os
import time

import prp
from agent import now
from suite import expect

FETCHING, READY, USED = range(3)
Offer = collections.namedtuple("Offer", "fence job user name title format size hash pages")


class Holder:
    ROOM = 100_000_000

    def __init__(self, agent):
        self.agent = agent
        self.listing, self.offers, self.lent = {}, {}, set()
        self.lease, self.followed, self.printer, self.forgotten = 0, 0, None, []

    def ask(self):
        """CUSTODY: everything that is held is listed; what the answer does not name is given up. The offers."""
        entries = [{1: fence, 2: state} for fence, state in sorted(self.listing.items())]
        _, answer = self.agent.ask(prp.CUSTODY, {1: entries, 2: self.ROOM, 3: self.followed})
        goes_on, ready = set(answer[1]), {fence for fence, state in self.listing.items() if state == READY}
        expect(goes_on <= set(self.listing), "fences that were not listed")
        self.listing = {fence: state for fence, state in self.listing.items() if state == USED or fence in goes_on}
        self.lent = ready & goes_on
        self.lease, self.printer, self.followed = answer[2], answer[4], answer[6]
        self.forgotten += answer[5]
        offers = [Offer(*(entry[key] for key in sorted(entry))) for entry in answer[3]]
        for offer in offers:
            self.offers[offer.fence], self.listing[offer.fence] = offer, FETCHING
        return offers

    def offered(self, title, patience=15):
        """The offer of the job with that title, asked for until it comes: its pages are counted first."""
        until = time.monotonic() + patience
        while True:
            for offer in self.offers.values():
                if offer.title == title and self.listing.get(offer.fence) == FETCHING:
                    return offer
            self.ask()
            expect(time.monotonic() < until, f"{title} is not offered")
            time.sleep(0.1)

    def fetch(self, offer):
        document = self.agent.fetch(offer.fence, type=prp.CUSTODY_OPEN)
        expect(document.hash == offer.hash, "the document has another hash than the offer")
        self.listing[offer.fence] = READY
        return document.data

    def borrow(self, title):
        """From the offer to the moment when the job is lent."""
        offer = self.offered(title)
        self.fetch(offer)
        self.ask()
        expect(offer.fence in self.lent, f"{title} is not lent")
        return offer

    def give_up(self, offer):
        del self.listing[offer.fence]
        self.lent.discard(offer.fence)

    def use(self, offer, outcome=0, detail=1, evidence=1, key=None, account=None):
        """The job came out, or not; the number of its event."""
        chosen = {9: account} if account else {}
        self.listing[offer.fence] = USED
        self.lent.discard(offer.fence)
        return self.agent.report(prp.ACCOUNT, {
            1: key or os.urandom(16), 2: offer.fence, 3: offer.job, 4: offer.user,
            5: outcome, 6: detail, 7: evidence, 8: now()} | chosen)

    def settle(self, offer, sequence):
        self.agent.settle(sequence)
        self.listing.pop(offer.fence, None)
