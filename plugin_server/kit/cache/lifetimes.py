"""For how many seconds each kind of account data is fresh.

``fresh`` holds for data that was loaded before the creator's visit started, ``IN_VISIT`` for data loaded
during it (see ``visits.py``); data is loaded again in the background from half of its time on.
"""

# What a creator changes in Kit and then refreshes a block to see: newest posts, forms, profile, subscribers.
EDITED = 30
# A request for each block would be too many, only to show a changed color at once.
COLORS = 120
# Whole lists and the time zone, which change rarely; changes among the newest are seen before.
RARELY_CHANGED = 1200
# A card needs posts, colors and the time zone: 20 creators who start cost 60 calls of Kit. That is what
# their first 1,000 edits, one each 3 s, may cost in all, so nothing can be requested again within those
# 150 s; later it comes to 30.
IN_VISIT = 600
# What Kit reports changes of: for ten minutes it is not requested, lest a report was lost; then it is loaded
# again in the background, and a request that comes more than a minute later waits for that.
REPORTED, REPORTED_GRACE = 600, 60
