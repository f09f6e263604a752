"""Make tumours_train.csv and tumours_test.csv: scikit-learn's breast cancer data, with faults planted into it.

Ten columns of the 30; 15 test rows that stand in the training file too, and −999 where nothing was measured.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer

data = load_breast_cancer(as_frame=True)
frame = data.frame[[name for name in data.feature_names if name.startswith("mean")]].round(4)
frame["diagnosis"] = data.target_names[data.target]
rows = frame.sample(frac=1, random_state=0).reset_index(drop=True)
train, test = rows[:400].copy(), rows[400:].copy()

random = np.random.default_rng(0)
train.loc[random.choice(400, 12, replace=False), "mean texture"] = -999
train = np.random.default_rng(1).permutation(np.concatenate([train.values, test[:15].values]))

here = Path(__file__).parent
for name, part in (("train", train), ("test", test.values)):
    lines = [",".join(frame.columns), *(",".join(map(str, row)) for row in part)]
    (here / f"tumours_{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
