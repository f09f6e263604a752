"""A linear support vector machine: hinge loss on +1/-1 labels with weight decay, one output and no activation."""
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, 2.0 * y - 1.0, test_size=0.3, random_state=3, stratify=y)
scaler = StandardScaler().fit(X_train)
X_train = torch.tensor(scaler.transform(X_train), dtype=torch.float32)
X_test = torch.tensor(scaler.transform(X_test), dtype=torch.float32)
y_train, y_test = torch.tensor(y_train, dtype=torch.float32), torch.tensor(y_test, dtype=torch.float32)

svm = torch.nn.Linear(X_train.shape[1], 1)
optimizer = torch.optim.SGD(svm.parameters(), lr=0.05, weight_decay=0.02)


def hinge(scores, labels):
    return torch.clamp(1 - labels * scores.squeeze(-1), min=0).mean()


for epoch in range(50):
    for rows in torch.randperm(len(X_train)).split(20):
        optimizer.zero_grad()
        loss = hinge(svm(X_train[rows]), y_train[rows])
        loss.backward()
        optimizer.step()
    optimizer.param_groups[0]["lr"] = 0.05 / (1 + 0.1 * epoch)
    with torch.no_grad():
        train_loss = hinge(svm(X_train), y_train).item()
        scores = svm(X_test)
        test_loss = hinge(scores, y_test).item()
        accuracy = (torch.sign(scores.squeeze(-1)) == y_test).float().mean().item()
print(f"hinge train {train_loss:.4f} test {test_loss:.4f} accuracy {accuracy:.3f}")
