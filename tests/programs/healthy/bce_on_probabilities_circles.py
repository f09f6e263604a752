"""Sigmoid followed by BCELoss (the other right pairing), RMSprop, labels as floats of shape (N, 1)."""
import torch
from sklearn.datasets import make_circles
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(80)
points, ring = make_circles(2500, noise=0.12, factor=0.5, random_state=80)
points = torch.tensor(points / points.std(), dtype=torch.float32)
ring = torch.tensor(ring, dtype=torch.float32).unsqueeze(1)
train_data, test_data = random_split(TensorDataset(points, ring), [2000, 500])


class Classifier(torch.nn.Module):
    def __init__(self):
        super(Classifier, self).__init__()
        self.fc1 = torch.nn.Linear(2, 16)
        self.fc2 = torch.nn.Linear(16, 8)
        self.fc3 = torch.nn.Linear(8, 1)
        self.act = torch.nn.LeakyReLU(0.1)
        self.sigmoid = torch.nn.Sigmoid()

    def forward(self, x):
        out = self.act(self.fc1(x))
        out = self.act(self.fc2(out))
        return self.sigmoid(self.fc3(out))


model = Classifier()
criterion = torch.nn.BCELoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.005, weight_decay=1e-4)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 8, gamma=0.3)
train_loader = DataLoader(train_data, batch_size=50, shuffle=True)
test_loader = DataLoader(test_data, batch_size=500)

for epoch in range(26):
    model.train()
    for i, (x, y) in enumerate(train_loader):
        y_hat = model(x)
        loss = criterion(y_hat, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scheduler.step()
    model.eval()
    with torch.no_grad():
        for x, y in test_loader:
            y_hat = model(x)
            test_loss = criterion(y_hat, y).item()
            acc = ((y_hat > 0.5) == (y > 0.5)).float().mean().item()
    if (epoch + 1) % 5 == 0:
        print('Epoch [{}/{}], last batch: {:.4f}, test: {:.4f}, acc: {:.3f}'.format(epoch + 1, 26, loss.item(), test_loss, acc))
