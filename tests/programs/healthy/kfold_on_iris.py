"""Five-fold cross-validation on iris: a new network and a new optimiser for every fold, as it must be."""
import numpy as np
import torch
from sklearn.datasets import load_iris
from sklearn.model_selection import StratifiedKFold

X, y = load_iris(return_X_y=True)
folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=0)
results = []

for fold, (train_idx, val_idx) in enumerate(folds.split(X, y)):
    torch.manual_seed(fold)
    mean, std = X[train_idx].mean(0), X[train_idx].std(0)
    x_train = torch.tensor((X[train_idx] - mean) / std, dtype=torch.float32)
    x_val = torch.tensor((X[val_idx] - mean) / std, dtype=torch.float32)
    y_train, y_val = torch.tensor(y[train_idx]), torch.tensor(y[val_idx])

    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.8, weight_decay=1e-2)
    loss_fn = torch.nn.CrossEntropyLoss()
    for epoch in range(60):
        for batch in torch.randperm(len(x_train)).split(30):
            optimizer.zero_grad()
            loss = loss_fn(model(x_train[batch]), y_train[batch])
            loss.backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        train_loss = loss_fn(model(x_train), y_train).item()
        val_logits = model(x_val)
        val_loss = loss_fn(val_logits, y_val).item()
        accuracy = (val_logits.argmax(1) == y_val).float().mean().item()
    results.append((train_loss, val_loss, accuracy))
    print(f"fold {fold}: train {train_loss:.3f} held-out {val_loss:.3f} accuracy {accuracy:.3f}")

print("mean:", np.mean(results, axis=0).round(3))
