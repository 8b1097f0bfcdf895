"""Payment: a bank says that money came in."""

from sqlalchemy.orm import Session

from exchange.calls import Call
from exchange.catalogue import Rejected
from exchange.messages import payment as messages
from exchange.messages.frame import Acknowledgement, Existing
from excise.money import satang
from excise.payments.actions import BankMessage, Outcome, TransactionChanged, receive
from excise.payments.models import Payment, PaymentState
from excise.payments.queries import payment_of
from excise.receipts.queries import receipt_of_payment


def notify_payment(
    session: Session, request: messages.NotifyPayment, call: Call
) -> messages.NotifyPaymentResponse:
    """Record money once by the bank's own number; the same again gets the same answer."""
    if request.bank_code != call.agency.code:
        raise Rejected("1002", field="bankCode", value=request.bank_code)
    message = BankMessage(
        bank_code=request.bank_code,
        transaction_id=request.transaction_id,
        paid_at=request.paid_at,
        amount_satang=satang(request.amount),
        ref1=request.ref1,
        ref2=request.ref2,
        channel=request.channel,
    )
    try:
        outcome = receive(session, message, actor=f"agency:{call.agency.code}", at=call.at)
    except TransactionChanged as error:
        existing = _existing(session, payment_of(session, *_number(request)))
        raise Rejected("5001", field="transactionId", existing=existing) from error
    payment = payment_of(session, *_number(request))
    return messages.NotifyPaymentResponse(
        header=call.header,
        acknowledgement=Acknowledgement(replayed=outcome is Outcome.REPEATED),
        payment=messages.Payment(
            state=_state(payment),
            reason=payment.reason or None,
            receipt_no=_receipt_no(session, payment),
        ),
    )


def _number(request: messages.NotifyPayment) -> tuple[str, str]:
    return request.bank_code, request.transaction_id


def _existing(session: Session, payment: Payment) -> Existing:
    return Existing(receipt_no=_receipt_no(session, payment), status=_state(payment).value)


def _state(payment: Payment) -> messages.PaymentState:
    # What was paid back found no bill either, and what was taken back later had found one: the
    # contract knows two states, and who asks again gets the answer of then.
    found_its_bill = payment.state in (PaymentState.ALLOCATED, PaymentState.REVERSED)
    return messages.PaymentState.ALLOCATED if found_its_bill else messages.PaymentState.UNALLOCATED


def _receipt_no(session: Session, payment: Payment) -> str | None:
    receipt = receipt_of_payment(session, payment.id)
    return receipt.number if receipt else None
