"""The closed set of things that a word or phrase can hint at.  Which words do so stands in words/*.toml."""

from enum import StrEnum


class Cue(StrEnum):
    """One hint; its value is "table.key" of the word lists."""

    # What it is about
    TEAMS = "product.teams"  # named beyond doubt
    TEAMS_WORD = "product.teams_word"  # may be the noun
    TEAMS_TYPO = "product.teams_typo"
    MICROSOFT = "product.microsoft"
    M365 = "product.m365"
    EXCHANGE = "product.exchange"
    MAIL = "product.mail"  # e-mail, whoever carries it
    SHAREPOINT = "product.sharepoint"
    ENTRA = "product.entra"
    FOREIGN = "product.foreign"  # another maker's program, or one that we know nothing of
    DEVICE = "product.device"
    NETWORK = "product.network"
    PEOPLE = "product.people"  # teams of people: sport, work
    PEOPLE_WEAK = "product.people_weak"  # the same, where the word has a small letter
    HERE = "product.here"  # "it", "this": something known is meant

    # What is wrong
    DOWN = "trouble.down"
    BROKEN = "trouble.broken"
    TROUBLE = "trouble.trouble"  # "issue", "problem": weak alone
    CRASH = "trouble.crash"
    BLANK = "trouble.blank"
    SLOW = "trouble.slow"
    MISSING = "trouble.missing"
    NOT = "trouble.not"  # negates works and reach
    WORKS = "trouble.works"  # what a healthy program does
    LAUNCH = "trouble.launch"  # start, open, load: of the program as a whole
    REACH = "trouble.reach"  # what a person does with it
    FINE = "trouble.fine"  # works well
    NEGATED = "trouble.negated"  # derived: not + works, launch or reach

    # How it is said
    OTHERS = "ask.others"  # just me, or others too?
    STATE = "ask.state"  # asks how the service is
    YESNO = "ask.yesno"  # opens a question that yes or no answers
    HEALTH = "ask.health"  # names the state of services as such
    WHY = "ask.why"
    HOWTO = "ask.howto"
    FIX = "ask.fix"  # wants it repaired
    REQUEST = "ask.request"  # wants something new
    DEV = "ask.dev"  # speaks as a developer
    TALK = "ask.talk"  # about Teams as a subject: news, price, training, comparison
    BUT = "ask.but"  # turns the sentence

    # Small talk
    THANKS = "talk.thanks"
    FIXED = "talk.fixed"
    STILL = "talk.still"
    GREETING = "talk.greeting"

    # Posts
    OFFICIAL = "post.official"
    NEWS = "post.news"
    RESOLVED = "post.resolved"
    PAST = "post.past"
    SINCE = "post.since"  # "since yesterday": past that lasts
    AGAIN_NOW = "post.again"  # "again": it is so now
    HISTORY = "post.history"
    IF = "post.if"
    SPORT = "post.sport"
    MYSELF = "post.myself"
    JOY = "post.joy"  # trouble told as a joke or a relief

    # Features
    F_SIGNIN = "feature.signin"
    F_ACCOUNT = "feature.account"  # sign-in, said weakly
    F_CHAT = "feature.chat"
    F_MEETINGS = "feature.meetings"
    F_CALLING = "feature.calling"
    F_CALENDAR = "feature.calendar"
    F_PRESENCE = "feature.presence"
    F_FILES = "feature.files"
    F_NOTIFICATIONS = "feature.notifications"
    F_SEARCH = "feature.search"
    F_APPS = "feature.apps"
    F_LIVE_EVENTS = "feature.live_events"
    F_ADMIN = "feature.admin"
    F_GUESTS = "feature.guests"  # people from outside: a feature problem, but no Feature

    # Clients
    C_WINDOWS = "client.windows"
    C_MAC = "client.mac"
    C_WEB = "client.web"
    C_IOS = "client.ios"
    C_ANDROID = "client.android"
    C_LINUX = "client.linux"
    C_VDI = "client.vdi"

    MASK = "mask.phrases"  # nothing inside this phrase is a hint
