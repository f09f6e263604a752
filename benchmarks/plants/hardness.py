"""How hard clean data is, by plain models of scikit-learn: which label noise is mild on it.

Stated before anything is audited, from the clean data alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from plants.data import Array, Data

HARD = 0.10
"""error from which on data is honestly hard"""
APART = "fewer wrong labels than honest errors, on hard data"
FOLDS, MOST_ROWS = 3, 3000


def noise_apart(data: Data, share: float) -> str:
    """Why this share of wrong labels may stay unfound; "" where it must be found.

    Data is honestly hard where the best of the plain models errs, cross-validated, in more than `HARD` of the clean
    rows; noise is mild there where it is rarer than these errors.
    """
    error = honest_error(data)
    return APART if error > HARD and share < error else ""


def honest_error(data: Data) -> float:
    """Of the best of a forest, a logistic regression and a support vector machine, cross-validated."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import SVC

    small = data.take(np.arange(min(len(data), MOST_ROWS)))
    y = np.unique(small.y, return_inverse=True)[1]
    if isinstance(small.x, list):
        steps, models, x = [_words()], [LogisticRegression(C=10.0, max_iter=500)], np.array(small.x, dtype=object)
    else:
        steps, x = [_scaled()] if small.is_table else [], _numbers(small)
        models = [RandomForestClassifier(200, random_state=0), LogisticRegression(max_iter=500), SVC()]
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    return 1 - max(float(cross_val_score(make_pipeline(*steps, one), x, y, cv=folds).mean()) for one in models)


def _words() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(sublinear_tf=True, min_df=2)


def _scaled() -> Any:
    from sklearn.preprocessing import StandardScaler

    return StandardScaler()


def _numbers(data: Data) -> Array:
    import pandas as pd

    if data.is_table:
        return np.asarray(pd.get_dummies(data.x).to_numpy(np.float64))
    return np.asarray(data.x.reshape(len(data), -1) / float(data.x.max()))
