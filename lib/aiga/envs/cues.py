"""Cues to be remembered: one of several patterns is the good one, and only trying tells which.

Every episode has its own cues and one of them is its target. A trial shows some of them, one a step; then comes the Go
signal, and who acts at that step says whether the target was among them: action 1 for yes, 0 for no. The answer earns
+1 or -1 (Miconi et al. 2019, sec. 4.1; ``uber-research/backpropamine``, ``sr/srbatch.py`` lines 203-346).

Shapes: ``S`` seeds side by side, ``B`` episodes each, ``T`` steps, ``K`` trials, ``C`` cues of ``D`` bits.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


class CueTrials:
    """``S x B`` episodes, each with cues, a target and a timetable of its own.

    All chance is drawn when the episodes begin, from one generator a seed: a seed's episodes do not depend on its
    neighbours, and a step draws nothing.

    Args:
        steps: length of an episode, ``T``; what does not fit of the last trial is cut off.
        generators: one a seed, on the device where the episodes are to live.
        batch: episodes a seed, ``B``.
        cues: number of cues, ``C``; half of them are shown in a trial.
        bits: length of a cue, ``D``; each a random pattern of +1 and -1, all different.
        one_hot: the cues are the ``C`` unit vectors instead, the same in every episode.
        compact: no empty steps around and between the cues of a trial, and so no jitter.

    Raises:
        ValueError: fewer than two cues, more cues than patterns, or an episode without a single whole trial.
    """

    def __init__(
        self,
        steps: int,
        generators: Sequence[torch.Generator],
        batch: int,
        *,
        cues: int = 4,
        bits: int = 20,
        one_hot: bool = False,
        compact: bool = False,
    ) -> None:
        self.longest = cues // 2 + 2 if compact else cues // 2 + 2 + cues  # steps of a trial
        if cues < 2 or (not one_hot and not cues <= 2**bits <= 2**60):
            raise ValueError(f"cues must be at least 2 different patterns, got {cues} of {bits} bits (of 60 at most)")
        if steps < self.longest:
            raise ValueError(f"an episode must have room for a trial of {self.longest} steps, got {steps} steps")
        self.steps, self.shown = steps, cues // 2
        self.bits = cues if one_hot else bits
        self.place = generators[0].device
        drawn = [self._draw(each, batch, cues, compact) for each in generators]
        codes, self.target, order, block, gaps = (torch.stack(parts) for parts in zip(*drawn, strict=True))
        if one_hot:
            self.cues = torch.eye(cues, device=self.place).expand(*self.target.shape, cues, cues)  # (S, B, C, D)
        else:
            powers = torch.arange(bits, device=self.place)
            self.cues = 2.0 * ((_different(codes)[..., None] >> powers) & 1) - 1  # (S, B, C, D)
        self._lay_out(order, block, gaps, lead=0 if compact else 1)

    def _draw(self, source: torch.Generator, batch: int, cues: int, compact: bool) -> tuple[Tensor, ...]:
        """One seed's chance: codes ``(B, C)``, target ``(B,)``, and of ``K`` trials the cues in random order.

        The last two: how many steps the cues have, ``(B, K)``, and these in random order, ``(B, K, most of them)``.
        """
        trials = -(-self.steps // (self.shown + (2 if compact else 3)))
        place, most = self.place, self.longest - (2 if compact else 3)
        codes = [
            torch.randint(2**self.bits - earlier, (batch,), generator=source, device=place) for earlier in range(cues)
        ]
        target = torch.randint(cues, (batch,), generator=source, device=place)
        order = torch.rand(batch, trials, cues, generator=source, device=place).argsort(-1)
        if compact:
            block = torch.full((batch, trials), self.shown, device=place)
            gaps = torch.arange(most, device=place).expand(batch, trials, most)
        else:
            block = self.shown + torch.randint(cues, (batch, trials), generator=source, device=place)
            chance = torch.rand(batch, trials, most, generator=source, device=place)
            outside = torch.arange(most, device=place) >= block[..., None]
            gaps = chance.masked_fill(outside, 2.0).argsort(-1)
        return torch.stack(codes, -1), target, order, block, gaps

    def _lay_out(self, order: Tensor, block: Tensor, gaps: Tensor, *, lead: int) -> None:
        """Write every trial into the timetable; what begins too late falls into one step more, which is dropped."""
        shown, steps = order[..., : self.shown], self.steps  # (S, B, K, shown)
        length = lead + block + 2
        start = length.cumsum(-1) - length  # (S, B, K)
        when = (start[..., None] + lead + gaps[..., : self.shown]).clamp(max=steps)  # (S, B, K, shown)
        go = (start + lead + block).clamp(max=steps)  # (S, B, K)
        networks, batch, trials = go.shape
        shape = (networks, batch, steps + 1)
        flat = shown.flatten(2)[..., None].expand(-1, -1, -1, self.bits)
        patterns = torch.zeros(*shape, self.bits, device=self.place)
        patterns.scatter_(2, when.flatten(2)[..., None].expand_as(flat), self.cues.gather(2, flat))
        number = torch.full(shape, -1, device=self.place)
        number.scatter_(2, go, torch.arange(trials, device=self.place).expand_as(go))
        present = (shown == self.target[..., None, None]).any(-1)  # (S, B, K)
        answer = torch.zeros(shape, dtype=torch.long, device=self.place).scatter_(2, go, present.long())
        which = torch.full(shape, -1, device=self.place)
        which.scatter_(2, when.flatten(2), shown.flatten(2))
        self.patterns = patterns[:, :, :steps].permute(2, 0, 1, 3).contiguous()  # (T, S, B, D), 0 where there is none
        self.trial, self.answer, self.which = (
            each[:, :, :steps].permute(2, 0, 1).contiguous() for each in (number, answer, which)
        )  # (T, S, B): trial number at its Go step, else -1; the right action there; the cue shown, else -1
        self.go = self.trial >= 0  # (T, S, B)


def _different(codes: Tensor) -> Tensor:
    """Codes drawn from ever fewer possibilities, moved apart: uniform over all choices without repetition."""
    chosen = codes[..., :1]
    for position in range(1, codes.shape[-1]):
        code = codes[..., position]
        for earlier in chosen.sort(-1).values.unbind(-1):
            code = code + (code >= earlier)
        chosen = torch.cat([chosen, code[..., None]], -1)
    return chosen
