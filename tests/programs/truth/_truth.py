"""What a run's tensors were, worked out in float64, with exactly rounded sums, by the program itself, and written to the file of argv[1].

Everything is kept under the number of backward calls that had been made when the step began, as in the record.
"""
import json
import math
import sys
from collections import Counter

import numpy as np
import torch


def array(tensor):
    """A float64 copy."""
    return tensor.detach().to(torch.float64).cpu().numpy().copy()


def stats(values):
    """The columns of a layer summary, each by its definition, two passes for the spread."""
    flat = np.asarray(values, dtype=np.float64).reshape(-1)
    finite = np.isfinite(flat)
    told = {"count": flat.size, "zeros": int((flat == 0).sum()) / flat.size, "nonfinite": int((~finite).sum())}
    if finite.all():
        mean = math.fsum(flat) / flat.size
        told |= {
            "mean": mean, "std": math.sqrt(math.fsum((flat - mean) ** 2) / flat.size),
            "min": flat.min(), "max": flat.max(), "norm": math.sqrt(math.fsum(flat * flat)),
        }
    return told


def labelled(labels):
    """Class → how often."""
    return {str(int(label)): n for label, n in Counter(int(one) for one in labels.reshape(-1)).items()}


class Truth:
    def __init__(self):
        self.index = 0
        self.step = 0
        self.told = {"losses": {}, "evals": {}, "rates": {}, "summaries": {}, "joint": {}, "stale": {}, "ratio": {},
                     "classes": {}, "eval_classes": [], "targets": {}, "inputs": {}, "indices": {}, "clips": [],
                     "scales": {}, "silent": {}, "entered": {}, "examples": {}, "facts": {}}

    # ---- numbers of every step

    def loss(self, value, line="loss"):
        """A loss just before its backward; call `backward_done` after it."""
        self.told["losses"].setdefault(line, []).append([self.index, float(value.detach().to(torch.float64))])

    def eval(self, value, line="eval"):
        self.told["evals"].setdefault(line, []).append([self.index, float(value.detach().to(torch.float64))])

    def backward_done(self):
        self.index += 1

    def rate(self, optimizer, name="0"):
        self.told["rates"].setdefault(name, []).append([self.index, optimizer.param_groups[0]["lr"]])

    # ---- summaries

    def put(self, what, name, tensor, **more):
        """A summary of a tensor of the step that began at `self.step`; the first before each backward counts."""
        place = self.told["summaries"].setdefault(f"{what} {name}", {}).setdefault(str(self.step), {})
        if str(self.index) not in place:
            place[str(self.index)] = stats(array(tensor)) | more

    def outputs(self, model, prefix=""):
        """Follow the outputs of all leaf layers, by the user's own hooks."""
        def follow(name):
            def hook(module, inputs, output):
                if torch.is_grad_enabled() and module.training:
                    self.put("output", prefix + name, output)
            return hook
        for name, module in model.named_modules():
            if not list(module.children()):
                module.register_forward_hook(follow(name))

    def rectified(self, layer, value, channels=False):
        """The result of a ReLU fed by ``layer``: which units gave nothing."""
        a = array(value)
        a = np.moveaxis(a, 1, -1) if channels else a
        rows = a.reshape(-1, a.shape[-1])
        silent = [u for u in range(rows.shape[1]) if not (rows[:, u] > 0).any()]
        self.put("activation", f"{layer}:relu", value, units=rows.shape[1], silent=len(silent))
        self.told["silent"].setdefault(layer, {})[str(self.index)] = silent

    def bounded(self, layer, op, value, low, high):
        a = array(value).reshape(-1)
        edge = 0.01 * (high - low)
        self.put("activation", f"{layer}:{op}", value,
                 saturated=int(((a < low + edge) | (a > high - edge)).sum()) / a.size)

    # ---- gradients and steps

    def entering(self, optimizer, name="0"):
        """Just before a backward: what gradient is left over?"""
        self.told["entered"].setdefault(name, []).append([self.index, self._joint(optimizer)[0]])

    def _joint(self, optimizer):
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        squares = [math.fsum(array(p.grad).reshape(-1) ** 2) for p in parameters if p.grad is not None]
        return math.sqrt(math.fsum(squares)), sum(p.grad is None for p in parameters), sum(s == 0.0 for s in squares)

    def before_step(self, named):
        self.kept = {name: array(p) for name, p in named}

    def after_step(self, optimizer, named, name="0"):
        """After a step; ``named`` are the (name, parameter) pairs of the optimiser."""
        norm, none, zero = self._joint(optimizer)
        moved = 0
        for key, p in named:
            after, before = array(p), self.kept[key]
            self.put("weight", key, p)
            self._put("update", key, stats(after - before))
            moved += bool((after != before).any())
            if p.grad is not None:
                self.put("gradient", key, p.grad)
            old = math.sqrt(math.fsum(before.reshape(-1) ** 2))
            step = math.sqrt(math.fsum((after - before).reshape(-1) ** 2))
            if old:
                self.told["ratio"].setdefault(key, []).append([self.index, step / old])
        self.told["joint"].setdefault(name, []).append(
            [self.index, {"norm": norm, "none": none, "zero": zero, "moved": moved, "parameters": len(named)}]
        )

    def _put(self, what, name, row):
        self.told["summaries"].setdefault(f"{what} {name}", {})[str(self.step)] = {str(self.index): row}

    def stepped(self):
        """The step is over; the next one begins here."""
        self.step = self.index

    # ---- data

    def classified(self, scores, labels, phase="train", indices=None):
        """What went into a class loss: counts of labels, answers and hits, sums of rows, loss of each example."""
        s = array(scores)
        answers = np.array([max(range(len(row)), key=lambda c: row[c]) for row in s])
        wanted = labels.detach().cpu().numpy()
        told = {"labels": labelled(wanted), "predicted": labelled(answers), "hits": labelled(wanted[answers == wanted]),
                "row_sum_error": max(abs(math.fsum(row) - 1) for row in s), "row_min": float(s.min()),
                "input": stats(s), "classes": s.shape[1]}
        if phase == "eval":
            self.told["eval_classes"].append([self.index, told])
            return
        self.told["classes"][str(self.index)] = told
        self.told["examples"][str(self.index)] = [
            math.log(math.fsum(math.exp(v - row.max()) for v in row)) + row.max() - row[w] for row, w in zip(s, wanted)
        ]
        if indices is not None:
            self.told["indices"][str(self.index)] = [int(i) for i in indices]

    def target(self, given, wanted):
        """What went into a loss of numbers."""
        w = array(wanted)
        flat = np.sort(w.reshape(-1))
        distinct = Counter(flat.tolist())
        median = flat[(len(flat) - 1) // 2]
        self.told["targets"][str(self.index)] = {
            "input": stats(array(given)), "target": stats(w), "distinct": sorted([v, n] for v, n in distinct.items()),
            "absolute_deviation": math.fsum(abs(v - median) for v in flat) / len(flat),
            "outside_unit": sum(v < 0 or v > 1 for v in flat) / len(flat),
            "outside_signed_unit": sum(abs(v) > 1 for v in flat) / len(flat),
            "negative": sum(v < 0 for v in flat) / len(flat),
            "unreachable": {
                "unit": math.fsum((v - min(max(v, 0), 1)) ** 2 for v in flat) / len(flat),
                "signed_unit": math.fsum((v - min(max(v, -1), 1)) ** 2 for v in flat) / len(flat),
                "positive": math.fsum(min(v, 0) ** 2 for v in flat) / len(flat),
            },
            "column_mean": [math.fsum(c) / len(c) for c in w.T] if w.ndim == 2 else None,
            "column_variance": [math.fsum((c - math.fsum(c) / len(c)) ** 2) / (len(c) - 1) for c in w.T]
            if w.ndim == 2 else None,
        }

    def entered_data(self, layer, value, channels=False):
        """Data that enters the first layer."""
        a = array(value)
        rows = np.moveaxis(a, 1, -1) if channels else a
        rows = rows.reshape(-1, rows.shape[-1])
        rms = [math.sqrt(math.fsum(v * v for v in column) / len(column)) for column in rows.T]
        std = [stats(column)["std"] for column in rows.T]
        self.told["inputs"].setdefault(layer, {})[str(self.index)] = stats(a) | {"features": {
            "count": len(rms), "rms_max": max(rms), "rms_max_at": rms.index(max(rms)),
            "rms_median": sorted(rms)[(len(rms) - 1) // 2], "mean_max": max(abs(math.fsum(c) / len(c)) for c in rows.T),
            "std_median": sorted(std)[(len(std) - 1) // 2], "std_max": max(std),
            "constant": sum(len(set(c.tolist())) == 1 for c in rows.T),
        }}

    def clipped(self, total):
        """The total norm before clipping, worked out by the user's own hand just before."""
        self.told["clips"].append([self.index, total])

    def scale(self, scaler):
        self.told["scales"][str(self.index)] = float(scaler.get_scale())

    def fact(self, name, value):
        self.told["facts"][name] = value

    def save(self):
        def plain(value):
            if isinstance(value, dict):
                return {str(k): plain(v) for k, v in value.items()}
            if isinstance(value, (list, tuple)):
                return [plain(v) for v in value]
            return value.item() if isinstance(value, np.generic) else value
        with open(sys.argv[1], "w") as file:
            json.dump(plain(self.told), file)
