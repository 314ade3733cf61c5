"""A predictor in its own process, which predicts when told to and says how long it took."""

import subprocess
from contextlib import contextmanager
from dataclasses import dataclass

from peer import Trouble

# nobody is to use more than one thread
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Predictor:
    """command: writes the answers to the case's rows to the file `{answers}`, says `ready`, and then answers each line
    `PASSES ROWS_AT_ONCE` with the seconds in which it has predicted all rows so often, so many with each call
    """

    name: str
    command: tuple[str, ...]
    versions: str

    @contextmanager
    def running(self, answers, environment):
        command = [word.replace("{answers}", str(answers)) for word in self.command]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
            try:
                if process.stdout.readline() != "ready\n":
                    raise Trouble(f"{self.name} did not start: {' '.join(command)}")
                yield Running(self, process)
            finally:
                process.kill()


@dataclass(frozen=True)
class Running:
    predictor: Predictor
    process: subprocess.Popen

    def seconds(self, passes, rows_at_once):
        print(passes, rows_at_once, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise Trouble(f"{self.predictor.name} ended in the middle of a run")
        return float(answer)
