"""What each reason code of the domain says to a person.

A code that is raised somewhere and has no sentence here fails a test.
"""

from collections import defaultdict
from datetime import date, datetime

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from excise.errors import Conflict, ExciseError, Invalid, NotAllowed, NotFound, Unavailable
from excise.formats import date_text, datetime_text
from excise.tariff.faults import Fault

SENTENCES: dict[str, LazyString] = {
    NotFound.code: _("What you asked for does not exist, or you may not see it."),
    NotAllowed.code: _("You may not do this."),
    Invalid.code: _("What was entered breaks a rule. Check it and try again."),
    Conflict.code: _("This cannot be done in the present state."),
    Unavailable.code: _("Something we need is not answering. Nothing was saved. Try again soon."),
    # People and access
    "permission-missing": _("Your role does not permit this. Ask the head of your office."),
    "right-missing": _("You may not do this for this business. Its owner can give you the right."),
    "changed-meanwhile": _("Somebody changed this at the same moment. Look at it and try again."),
    "unknown-role": _("There is no role %(found)s. There are: %(accepted)s."),
    "email-taken": _("Somebody has this e-mail address already."),
    "submission-reused": _("This form was sent before with other content. Nothing was changed."),
    "taxpayer-has-owner": _("Somebody manages this business already. Ask them to give you access."),
    # Work of the system
    "work-not-halted": _("It has not come to a halt. Load the page again and look at its state."),
    "work-ended": _("It has ended already. Load the page again and look at its state."),
    # Remittances
    "remittance-too-early": _("The month is not over. Prepare its remittance when it is."),
    "remittance-empty": _("The month brought nothing to hand on."),
    "remittance-unplaced": _(
        "Local tax came from a taxpayer without an establishment. Have its place registered first."
    ),
    "remittance-before-missing": _(
        "A month before it in this fiscal year is not handed on yet: the caps count in order."
    ),
    "remittance-changed": _(
        "The receipts are not what was prepared. Give it back and have it prepared anew."
    ),
    "remittance-not-in-this-state": _("This cannot be done in the present state. Look again."),
    "remittance-same-officer": _("You prepared it: somebody else must approve it."),
    "day-in-future": _("The day has not come yet. Enter the day it happened."),
    "transfer-recorded": _("Another transfer is recorded for this payee already."),
    "answer-recorded": _("Another receipt is recorded for this payee already."),
    # Counters
    "counter-not-open": _("Your counter is not open. Open it first."),
    "counter-not-counted": _("The session is not counted, or was taken over. Look at it again."),
    "counter-of-another": _("This is another cashier's session."),
    "cashier-cannot-approve": _("You took this money: somebody else must take it over."),
    "bill-not-payable": _("No money is due under this reference. Look the bill up again."),
    "tendered-too-little": _("Enter what you were given: at least the amount of the bill."),
    "detail-missing": _("Enter the bank and number of the cheque, or the card's approval code."),
    # What was entered
    "reason-missing": _("Enter the reason."),
    "field-missing": _("Enter what is missing: %(field)s."),
    "not-a-number": _("Enter a number, like 1234.50."),
    "not-a-date": _("Enter a date that exists."),
    "not-a-month": _("Enter a month that exists."),
    "buddhist-year": _("The year is in the Buddhist Era; here it must be %(accepted)s."),
    "out-of-range": _("The number lies outside what is possible: %(accepted)s."),
    "too-many-decimals": _("There are too many decimals."),
    "not-a-row": _("One line could not be read."),
    "unknown-row": _("It is not clear what one line is for."),
    "file-unreadable": _("The file could not be opened."),
    "file-broken": _("The file could not be read."),
    "signature-unreadable": _("The signature in the file could not be read."),
    "certificate-unreadable": _("This is no certificate in PEM."),
    "file-empty": _("There is nothing in the file."),
    # Registration
    "tax-id-format": _("A tax number has 13 digits; this one has %(found)s."),
    "tax-id-check-digit": _(
        "One of the 13 digits is wrong: compare the number with the card or letter."
    ),
    "registration-number-format": _("A registration number has 17 digits; this is none."),
    "too-many-establishments": _(
        "One taxpayer can register at most %(limit)s establishments of a kind."
    ),
    "registration-not-awaiting-decision": _(
        "%(by)s decided or returned this application before you, on %(on)s. Look at it again."
    ),
    "registration-not-open-for-correction": _("This application cannot be corrected now."),
    "registration-not-approved": _("The registration %(reference)s is not approved yet."),
    "field-not-objected-to": _("Only what the officer objected to can be corrected."),
    "field-not-correctable": _("This cannot be returned for correction."),
    "no-objection-named": _("Say what must be corrected."),
    "guarantee-already-recorded": _("This guarantee is on record already."),
    "guarantee-not-sensible": _("The guarantee must have an amount and must not have ended."),
    "registration-closed": _("The registration ends on %(on)s. Nothing can be entered after it."),
    "change-not-awaiting-decision": _(
        "This application was decided or returned on %(on)s. Look at it again."
    ),
    "change-undecided": _("An application of this kind, %(reference)s, is not decided yet."),
    "change-before-start": _("The day lies before the first day of the registration, %(on)s."),
    "nothing-changes": _("Nothing is different from what is registered. Change an entry first."),
    "same-owner": _("This is the present owner. Enter the tax number of the new one."),
    "no-file-chosen": _("Choose at least one file."),
    # Products and prices
    "item-outside-registration": _("The registration does not cover this kind of product."),
    "gtin-wrong": _("This is no barcode number (GTIN): its check digit does not fit."),
    "gtin-already-used": _("Another of your products has this barcode."),
    "service-has-no-price": _("Services need no price: their tax is on what they receive."),
    "price-not-positive": _("The price must be more than zero."),
    "price-already-notified": _("A price for this day was notified before."),
    "price-change-backdated": _("A new price cannot begin in the past."),
    "no-price-on-date": _("%(product)s has no notified price on that day. Notify the price first."),
    "prices-disagree": _("The price with VAT and the price without VAT do not fit together."),
    "measure-missing": _("Enter what the tax is worked out from: %(field)s."),
    "unknown-measure": _("The tariff does not know this measure: %(field)s."),
    "sheet-wrong": _("Nothing was taken. Rows that must be corrected: %(count)s."),
    "sheet-columns": _("Missing columns: %(missing)s. Unknown columns: %(unknown)s."),
    "sheet-too-long": _(
        "There are %(found)s rows, and at most %(limit)s can be taken at once. Split the file."
    ),
    "text-too-long": _("This is too long: at most %(limit)s letters."),
    "not-a-picture": _("This is no photograph that can be read: send JPEG, PNG or WebP."),
    "no-barcode-found": _(
        "No product barcode was found. Take the photograph closer, straight and in good light."
    ),
    # Tariff
    "unknown-item": _("The tariff has no such item."),
    "base-of-repealed-law": _(
        "The tax is on the suggested retail price, not on the price at the border."
    ),
    "branch-format": _("A branch number has five digits."),
    "unknown-fund": _("There is no such fund."),
    "no-calculation": _("The file holds no calculation."),
    "no-rate-on-date": _("The tariff has no rate for this item on that day."),
    "no-provision-on-date": _("The tariff has no rule for this on that day."),
    "edition-broken": _("The tariff file cannot be read: %(problem)s."),
    "edition-invalid": _("The tariff file contradicts itself."),
    "edition-not-in-this-state": _("This edition moved on meanwhile. Look at its present state."),
    "not-the-author": _("Only the officer who drafted an edition may change it."),
    "author-cannot-decide": _("You drafted this edition, so another officer must decide on it."),
    "edition-overtaken": _(
        "Edition %(published)s was published after this draft was begun from edition %(base)s."
        " Make a new draft, so that nothing of it is undone."
    ),
    "edition-assumes": _(
        "These figures are new and only assumed, so they cannot come into force until somebody"
        " confirms their source: %(rows)s."
    ),
    "edition-too-long": _("The file is longer than %(limit)s letters."),
    "edition-unchanged": _("The draft changes nothing yet."),
    "edition-changed": _("The text of the tariff was damaged. Tell the help desk."),
    "edition-touches-others": _(
        "Returns were filed since you looked: it touches %(filings)s now. Check them again."
    ),
    "row-begins-then": _("A rate of this item begins on that day already."),
    "rate-refused": _("The tariff cannot take this. What is wrong with it is said below."),
    "source-missing": _("Say where it was read: a rate without a source is no law."),
    "unknown-confidence": _("Choose one of these: %(accepted)s."),
    # Returns
    "month-already-filed": _("The return for this month has been filed."),
    "return-already-filed": _("This return has been filed already."),
    "return-not-ready": _("The return is not complete yet."),
    "figures-changed": _("The figures changed since you checked them. Check them again."),
    "services-file-by-month": _("Services are filed by the month."),
    "guarantee-missing": _("Filing by the month needs a guarantee on record."),
    "removal-day-not-open": _("A return cannot be begun for that day."),
    "month-not-open": _("A return cannot be begun for that month."),
    "tax-point-not-removal-day": _("The day must be the day of removal of this return."),
    "tax-point-outside-month": _("The day must lie in the month of this return."),
    "quantity-not-positive": _("The quantity must be more than zero."),
    "receipts-not-positive": _("The receipts must be more than zero."),
    "too-many-lines": _("A return takes at most %(limit)s lines."),
    "month-not-over": _(
        "This month is not over. It can be sent from the first day of the next one."
    ),
    "removal-without-lines": _("A return for a removal needs at least one line."),
    "words-missing": _("Say in your own words what it is."),
    "evidence-unreadable": _("What others told us cannot be read now."),
    # Payments and receipts
    "bank-file-header": _("The first line of the file must be: %(expected)s"),
    "bank-file-empty": _("There are no payments in the file."),
    "bank-file-too-long": _(
        "The file has more than %(limit)s lines. Split it into smaller ones. Nothing was imported."
    ),
    "bank-file-rows": _("%(count)s lines of the file are wrong. Nothing was imported."),
    "bank-file-total": _(
        "The total line does not fit the payments in the file. Nothing was imported."
    ),
    "bank-file-encoding": _("The file is neither UTF-8 nor Thai Windows text."),
    "bank-transaction-changed": _(
        "The bank's transaction came before with other content. It must be looked into."
    ),
    "bad-biller": _("The biller number is wrong."),
    "bad-reference": _("The payment reference is wrong."),
    "bad-amount": _("The amount cannot be paid this way."),
    "bad-checksum": _("The code was not read whole. Scan it again."),
    "not-a-bill-payment": _("This code is not a bill payment."),
    "lines-are-not-the-tax": _("The lines of the receipt are not its tax. It was not issued."),
    "receipt-does-not-add-up": _("The receipt does not add up. It was not issued."),
    "items-are-not-the-amount": _(
        "The items of the pay-in slip are not its amount. It was not issued."
    ),
    # Money that found no bill
    "bill-unknown": _("There is no bill with this reference. Compare it with the pay-in slip."),
    "bill-already-paid": _("Bill %(ref1)s is paid already. What came twice is paid back."),
    "above-write-off-limit": _(
        "Your role may give up to %(limit)s baht; this debt is %(amount)s baht."
    ),
    "payment-not-reversible": _(
        "Payment %(transaction)s cannot be reversed: it was paid back, reversed, taken at a"
        " counter, or is part of a proposal."
    ),
    "correction-proposed-already": _("Proposal %(reference)s about it stands already."),
    "correction-not-in-this-state": _("Proposal %(reference)s was decided meanwhile."),
    "credit-used": _(
        "The credit of %(amount)s baht that this payment brought was used. Reverse what it paid"
        " first."
    ),
    "no-credit": _("There is no credit left that could pay this bill."),
    "more-than-credit": _("Enter an amount up to the credit, %(credit)s baht."),
    "bad-bank": _("No bank has this code."),
    "payee-missing": _("Say who gets the money back, at which bank and account."),
    "payment-not-waiting": _("Payment %(transaction)s was resolved meanwhile."),
    "payment-proposed-already": _("There is a proposal about this money: %(reference)s."),
    "resolution-not-in-this-state": _("Proposal %(reference)s was decided on meanwhile."),
    "proposer-cannot-decide": _("You proposed this, so another officer must decide on it."),
    "refund-paid-already": _("This refund was paid already, by transfer %(transfer_no)s."),
    "transfer-no-used": _("This number belongs to another refund. Compare it with the statement."),
    "day-outside": _("The day lies between the approval and today."),
    "closing-blocked": _("Something keeps the period from being closed. Look at the list."),
    "closing-figures-changed": _(
        "The books changed since this was proposed. Give it back and let it be proposed anew."
    ),
    "closing-not-in-this-state": _("Closing %(reference)s was decided on meanwhile."),
    "closing-not-the-last": _("A later closing rests on this one. Open that one first."),
    "closing-same-officer": _("You asked for this, so another officer must decide on it."),
    "closing-does-not-add-up": _("The figures do not add up. Nothing was closed."),
    "line-changed": _(
        "%(by)s changed this line at %(at)s, while you were here. Compare both; what you send now"
        " takes the place of it."
    ),
    "line-of-file": _(
        "This line came by file. Correct it in the file and send the file again: it takes the"
        " place of the one before."
    ),
    "offered-twice": _(
        "Two sources tell of %(product)s. Take it from one of them, else it would be taxed twice."
    ),
    # Files of lines
    "upload-empty": _("There are no rows in the file."),
    "upload-too-long": _("The file has more than %(limit)s rows. Nothing was taken."),
    "upload-too-many-lines": _(
        "The rows come to more than %(limit)s lines of the return, each a product at one price and"
        " rate. Nothing was taken. Ask your excise area office how to file so many."
    ),
    # Amendments
    "return-already-amended": _(
        "This return was amended already. This is the version that counts."
    ),
    "amendment-partly-paid": _(
        "One bill of this return is paid and another is not. Pay bill %(ref1)s first, then send the"
        " amendment; what is too much then stands on your account."
    ),
    "bill-withdrawn": _("Bill %(ref1)s was withdrawn: its return was amended."),
    # Who may act
    "delegate-yourself": _("This is your own address. Enter the address of somebody else."),
    "manager-unlimited": _(
        "Who decides who may act does so for everything and without an end. Leave goods, services"
        " and last day empty, or do not allow it."
    ),
    "duty-group-not-registered": _("The business has no establishment of this kind."),
    "until-past": _("The last day has passed already."),
    "last-manager": _(
        "Nobody would be left who decides who may act for the business. Let somebody else do so"
        " first."
    ),
    "invitation-void": _(
        "Who invited you may no longer do so. Ask the business to invite you anew."
    ),
    # Claims
    "claim-empty": _("Enter the quantity of at least one product."),
    "claim-nothing-left": _(
        "Of %(product)s only %(left)s are left: the rest was claimed before. Enter less."
    ),
    "claim-declaration-used": _(
        "Export declaration %(declaration)s stands in another claim. It can be used once."
    ),
    "claim-not-in-this-state": _(
        "Claim %(reference)s moved on meanwhile. Look at its present state."
    ),
    "claim-documents-missing": _("Add at least one document that shows what you claim."),
    "claim-day-to-come": _("The day has not come yet."),
    "examiner-cannot-decide": _("You examined this claim, so another officer must decide on it."),
    # Data from other agencies
    "stock-sheet-changed": _(
        "%(by)s saved other lines here meanwhile, on %(at)s. Yours are below and not saved yet."
        " Press the button again to keep yours instead."
    ),
    "evidence-header": _(
        "The first line of the file must name these columns, in any order: %(expected)s."
        " Missing: %(missing)s. Not known: %(unknown)s."
    ),
    "evidence-empty": _("There are no rows in the file."),
    "evidence-too-long": _(
        "The file has more than %(limit)s rows. Split it into smaller ones. Nothing was imported."
    ),
    "evidence-too-large": _(
        "The file is too large once unpacked. Send it as CSV or Parquet. Nothing was imported."
    ),
    "evidence-rows": _("The file has %(count)s faults in its rows. Nothing was imported."),
    "evidence-total": _("The total line does not fit the rows of the file. Nothing was imported."),
    "evidence-encoding": _("The file is neither UTF-8 nor Thai Windows text."),
    "evidence-broken": _(
        "The file cannot be read from row %(row)s on: a quotation mark is not closed, a cell is"
        " far too long, or the file is damaged. Save it again and send it once more."
    ),
    "delivery-changed": _(
        "The source used this number before, for other content: delivery %(receipt_no)s."
    ),
    "delivery-too-large": _("The amounts add up to more than is possible. Nothing was imported."),
    # Discrepancies and assessments
    "setting-not-in-this-state": _("This setting moved on meanwhile. Look at its present state."),
    "too-many-months": _("Choose at most %(limit)s months."),
    "not-your-setting": _("Only the officer who drafted a setting may change it."),
    "setting-author-cannot-decide": _(
        "You drafted this setting, so another officer must decide on it."
    ),
    "discrepancy-not-in-this-state": _(
        "This discrepancy moved on meanwhile. Look at its present state."
    ),
    "agency-missing": _("Say which agency's data you dispute."),
    "too-many-files": _("Send at most %(limit)s files."),
    "file-too-large": _("The file %(name)s is too large. Send at most 5 MB each."),
    "file-not-taken": _("The file %(name)s is neither PDF, JPEG nor PNG. Convert it first."),
    "assessment-not-in-this-state": _(
        "This assessment moved on meanwhile. Look at its present state."
    ),
    "assessment-exists": _("This discrepancy has an assessment already: %(reference)s."),
    "not-the-preparer": _("Only the officer who prepared an assessment may change it."),
    "preparer-cannot-approve": _(
        "You prepared this assessment, so another officer must decide on it."
    ),
    "rests-on-assumed-law": _(
        "The assessment rests on law that is only assumed, so it cannot be approved until somebody"
        " confirms its source: %(law)s."
    ),
    "computed-to-outside": _(
        "The surcharge is computed to a day from the due date to the end of this month."
    ),
    "day-outside-month": _("The day must lie in the month that is assessed."),
    "reasons-missing": _("Give this reason: facts, law and discretion are all needed."),
    "nothing-to-assess": _("Add at least one line: so far there is nothing to assess."),
    "notice-does-not-add-up": _("The notice does not add up. It was not issued."),
    # Reports about our pages
    "problem-not-in-this-state": _("This report moved on meanwhile. Look at its present state."),
    "picture-not-taken": _("The file %(name)s is neither JPEG nor PNG. Choose a picture."),
    "email-missing": _("Enter your e-mail address, so that we can answer"),
    # Agencies
    "agency-exists": _("There is an agency with this code already."),
    "agency-key-lost": _("The agency's password cannot be read any more. Give it a new one."),
    "bad-agency-code": _("An agency's code has 2 to 16 capital letters and digits."),
    "certificate-taken": _("Another agency has this certificate."),
    "unknown-right": _("There is no such right. Accepted: %(accepted)s."),
    # Documents
    "document-font-missing": _("Documents cannot be made now. Tell the help desk."),
    "document-reaches-out": _("The document refers to something outside itself and was not made."),
    "store-refused": _("The document could not be stored. Nothing was saved. Try again soon."),
    "file-damaged": _("The stored file is damaged. Tell the help desk."),
    "seal-unreadable": _("The seal for documents cannot be used now. Tell the help desk."),
}


def message_for(error: ExciseError) -> str:
    """Return the sentence for an error, with its facts filled in, in the visitor's language."""
    sentence = SENTENCES.get(error.reason) or SENTENCES[error.code]
    facts = {name: _said(fact) for name, fact in error.facts.items()}
    return str(sentence) % defaultdict(str, facts)


def _said(fact: object) -> object:
    if isinstance(fact, Fault):
        return fact.told(str(get_locale()))
    if isinstance(fact, datetime):
        return datetime_text(fact, str(get_locale()))
    return date_text(fact, str(get_locale())) if isinstance(fact, date) else fact
