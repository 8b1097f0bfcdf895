"""All steps of the story, in their order."""

from exchange.simulators.assessment import ASSESSMENT
from exchange.simulators.first_job import FIRST_JOB
from exchange.simulators.second_job import SECOND_JOB

STEPS = (*FIRST_JOB, *SECOND_JOB, *ASSESSMENT)
