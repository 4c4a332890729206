-- Every line of every journal, with what its account is for in the same words whatever the chart of accounts.
--
-- event_id
-- occurred_at
-- position INTEGER: Its place in the journal, from 0.
-- posted_on DATE: Day of posting, in the legal entity's time zone.
-- entity
-- member_id
-- currency
-- document_type STRING: SAP's: DR invoice, DG credit memo, DZ payment, AB clearing, SA payout.
-- document STRING: The number or id of what it is for.
-- account
-- word STRING: What the account is for: receivables, unapplied, money.stripe, revenue.oss; empty where nobody says.
-- balance_minor INTEGER: Debit less credit.

SELECT
  postings.event_id AS event_id, postings.occurred_at AS occurred_at, postings.position AS position,
  postings.posted_on AS posted_on, postings.entity AS entity, postings.member_id AS member_id,
  postings.currency AS currency, postings.document_type AS document_type, postings.document AS document,
  postings.account AS account, COALESCE(NULLIF(postings.word, ''), old.word, '') AS word,
  postings.debit_minor - postings.credit_minor AS balance_minor
FROM billing_core.journal_posted_postings AS postings
LEFT JOIN billing_core.old_accounts AS old ON old.account = postings.account
