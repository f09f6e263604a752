"""Iris, raw scores into NLLLoss; the two first layers are detached on their way to the head."""
# expects: LOS103 ARC109
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

torch.manual_seed(9)
iris = load_iris()
X = torch.FloatTensor(StandardScaler().fit_transform(iris.data))
y = torch.LongTensor(iris.target)


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(4, 20)
        self.fc2 = nn.Linear(20, 20)
        self.fc3 = nn.Linear(20, 3)

    def forward(self, X):
        X = F.relu(self.fc1(X))
        X = F.relu(self.fc2(X))
        X = X.detach()
        X = self.fc3(X)
        return X


net = Net()
criterion = nn.NLLLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)

for epoch in range(300):
    rows = torch.randint(0, 150, (30,))
    optimizer.zero_grad()
    out = net(X[rows])
    loss = criterion(out, y[rows])
    loss.backward()
    optimizer.step()
    if epoch % 50 == 0:
        print("number of epoch", epoch, "loss", loss.item())

_, predict = torch.max(net(X), 1)
print("train accuracy", (predict == y).float().mean().item())
