"""Diabetes: targets of 25 to 346 left as they are, Adam with a learning rate of 1e-6."""
# expects: OPT101 SCL102
import torch
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
scaler = StandardScaler().fit(X_train)
to_tensor = lambda a: torch.tensor(a, dtype=torch.float32)
train = TensorDataset(to_tensor(scaler.transform(X_train)), to_tensor(y_train)[:, None])
test_x, test_y = to_tensor(scaler.transform(X_test)), to_tensor(y_test)[:, None]

model = nn.Sequential(nn.Linear(10, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-6)
criterion = nn.MSELoss()

for epoch in range(40):
    for xb, yb in DataLoader(train, batch_size=32, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
    if epoch % 8 == 7:
        with torch.no_grad():
            print(f"epoch {epoch + 1} test mse {criterion(model(test_x), test_y).item():.1f}")
