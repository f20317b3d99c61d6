"""Notjustyou answers "is Teams down, or is it me?"; this page is the map of its stories.

A person asks in Teams, on the page or in a terminal:
    bot.transports.teams.front.Front.handle · bot.web.pages.Pages.show · bot.terminal.asking.ask
    -> bot.commands.answer.answer -> bot.understand.intent.understand -> bot.commands.table.COMMANDS
    -> bot.commands.status.status -> bot.board.Board.look -> bot.domain.verdict.judge, bot.domain.verdict.for_asker
    -> bot.content.catalogue.Catalogue.advise -> bot.cards.sheet.sheet -> bot.cards.drawings.Drawings.of

Somebody presses a button on a card:
    bot.transports.teams.conversing.Conversing.on_invoke_activity -> bot.commands.presses.pressed
    -> bot.commands.people.People, bot.commands.answers.Answers -> bot.commands.status.compose

What everybody may know has changed on a card that many read:
    bot.commands.answers.Answers.mark -> bot.jobs.shared_cards.keep_shared_cards -> bot.commands.shared.redrawn
    -> bot.transports.teams.front.Front.update

The clock asks every source:
    bot.jobs.watch.watch -> bot.board.Board.poll -> bot.sources.source.Source.fetch, bot.sources.source.Source.parse
    -> bot.domain.source_health.after_success, bot.domain.source_health.after_failure
    -> bot.store.observations.save_poll

Several replicas on one database:
    bot.jobs.leases.StoreLease -> bot.store.leases.take; bot.jobs.watch.watch polls in one, bot.jobs.follow.follow
    reads in the others -> bot.board.Board.follow, bot.commands.people.People.follow
    bot.jobs.engine.new_engine -> bot.jobs.engine_inline.InlineEngine, bot.jobs.engine_dbos.DbosEngine
    -> bot.jobs.dbos_queue.DbosQueue

Several tenants in one process, each with its own house:
    bot.settings_file.read_file -> bot.settings_tenants.read_tenants -> bot.houses.houses_of, bot.assembly.choice_of
    bot.transports.teams.front.Front.handle -> bot.transports.teams.transport.TeamsTransport.handle

A conversation says what it wants to be told:
    bot.understand.wishes.wanted_of -> bot.commands.subscribing.subscribe -> bot.cards.subscribing.subscription_form
    -> bot.commands.subscription_presses.pressed_on_form -> bot.store.subscriptions.save

Somebody writes an announcement, and perhaps a second person says yes:
    bot.understand.typed.typed_command -> bot.commands.announcements.announce -> bot.cards.announce_forms.form
    -> bot.commands.announce_presses.pressed_on_announcement -> bot.commands.announce_reading.read_times
    -> bot.domain.proofreading.problems -> bot.cards.announce_preview.preview_reply
    -> bot.commands.announce_approving.confirm -> bot.domain.approving.approve -> bot.store.announcements.save
    -> bot.store.approvals.follow -> bot.commands.approval_news.approval_news

What was announced takes place:
    bot.jobs.announce.Announcer.tick -> bot.domain.announcing.planned -> bot.domain.occurring.due_now
    -> bot.store.stepping.take_all -> bot.jobs.announced.pages -> bot.domain.announced_to.hears_of
    -> bot.commands.announced.announced_reply -> bot.cards.announcing.announcement_reply

Nobody asks, and those who want to be told are told:
    bot.jobs.incidents.Incidents.look -> bot.domain.verdict.judge -> bot.domain.lifecycle.advance
    -> bot.jobs.incident_steps.keep_step -> bot.store.notifications.want_step, bot.jobs.consequences.correct
    -> bot.delivering.Delivering.changed -> bot.jobs.deliver.Deliver.run -> bot.jobs.spreading.Spreading.spread
    -> bot.domain.audience.hears -> bot.store.deliveries.owe -> bot.commands.drawing.Drawer.draw
    -> bot.transports.teams.front.Front.send -> bot.domain.settling.settle -> bot.store.deliveries.settle_all

What is told later, or beside a card of its own:
    bot.jobs.gathering.Gathers.take_in, bot.jobs.digest.Digest.look -> bot.commands.gathered.gathered_reply
    bot.jobs.blindness.BlindNews.look -> bot.commands.blind_news.blind_news
    bot.jobs.consequences.refresh_answers -> bot.jobs.shared_cards.keep_shared_cards -> bot.commands.shared.redrawn

Teams itself fails at carrying words:
    bot.jobs.failover.Failover.look -> bot.domain.failing.teams_fails -> bot.domain.ways.suits
    -> bot.transports.ways.Ways.send; bot.terminal.send_test.send_test proves each of them beforehand

Somebody looks back at an incident:
    bot.terminal.incidents.incidents, bot.terminal.incident.incident -> bot.cards.report.incident_report,
    bot.cards.ready.ready_text; bot.terminal.deliveries.deliveries, bot.commands.incidents.show_deliveries

A conversation begins, ends or changes:
    bot.transports.teams.reading.event -> bot.commands.conversations.heard -> bot.store.conversations.record

A command needs a role:
    bot.commands.audited.guarded -> bot.commands.roles.permit -> bot.transports.teams.owners.TeamOwners.owns
    -> bot.commands.audited.audited -> bot.store.audit.add

Somebody is to be forgotten, and anybody may read what is kept:
    bot.terminal.forgetting.erase -> bot.store.forget.forget -> bot.jobs.heed_forgetting.heed_forgetting
    bot.store.kept.Kept -> bot.web.keeping.lines -> bot.web.pages.Pages.privacy

A drill or a recorded time line is played through the real judge:
    bot.sources.drill.DrillSource · bot.replay.replay_lines

An administrator sets it up:
    bot.terminal.packaging.write_package -> bot.manifest.package.package -> bot.manifest.rules.mistakes
    bot.terminal.checking.check -> bot.terminal.set_up.teams.teams_steps, bot.terminal.set_up.graph.graph_steps
    -> bot.store.contacts.get, which bot.store.contacts.RecentContacts filled while serving

The database is brought forward, copied and brought back:
    bot.store.engine.Store.open -> bot.store.schema.migrate
    bot.terminal.database.run -> bot.store.backup.back_up, bot.store.restore.restore -> bot.store.copying.copy_rows

Others watch it:
    bot.web.insiders.Insiders -> bot.web.health.HealthRoutes · bot.jobs.heartbeat.Heartbeat.run

It starts and stops:
    bot.terminal.main.main -> bot.app.serve -> bot.assembly.assembled
"""
