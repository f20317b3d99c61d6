INSERT INTO observations (tenant, source, key, until, body) VALUES ('', 'ms_public', 'k', '2026-03-02 13:00:00.000000', '{"source":"ms_public","kind":"official_public","origin":"microsoft","key":"k","service":"teams","health":"down","seen_at":"2026-03-02T11:59:00Z","until":"2026-03-02T13:00:00Z","a_field_of_later":1}');
INSERT INTO source_health (tenant, source, state, since, period_ms, failures, reason, spend) VALUES ('', 'x', 'blind', '2026-03-02 10:00:00.000000', 60000, 3, '403', 17);
INSERT INTO conversations (tenant, id, scope, service_url, bot_id, team, installed_at) VALUES ('ours', '19:sales', 'channel', 'https://smba/', '28:bot', 'red', '2026-02-01 09:00:00.000000');
INSERT INTO answers (id, tenant, conversation, at, shared, intent, service, codes, symptom, language, zone, outcome) VALUES ('old-answer', 'ours', '19:sales', '2026-03-02 11:00:00.000000', TRUE, 'ask_status', 'teams', '["AADSTS50126"]', FALSE, 'de', 'Europe/Berlin', 'fine');
INSERT INTO reports (tenant, person, service, kind, at) VALUES ('ours', 'code', 'teams', 'me_too', '2026-03-02 11:55:00.000000');
INSERT INTO own_tests (tenant, person, key, health, at, until) VALUES ('ours', 'code', 'neutral', 'fine', '2026-03-02 11:55:00.000000', '2026-03-02 12:25:00.000000');
INSERT INTO offers (answer, person, step, place, result, at) VALUES ('old-answer', 'code', 'restart-app', 1, 'offered', '2026-03-02 11:55:00.000000');
INSERT INTO audit (tenant, at, who, role, what) VALUES ('ours', '2026-03-02 11:00:00.000000', 'id', 'admin', 'mute');
