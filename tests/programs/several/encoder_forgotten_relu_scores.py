"""An encoder and a classifier built apart; only the classifier is handed to Adam, and its scores pass a ReLU."""
# expects: ARC113 OPT105
import torch
from sklearn.datasets import load_digits
from sklearn.preprocessing import StandardScaler
from torch import nn


class Encoder(nn.Module):
    """64 pixels to a code of 16 numbers."""

    def __init__(self, width=16):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(64, 64),
            nn.ReLU(),
            nn.Linear(64, width),
            nn.Tanh(),
        )

    def forward(self, pixels):
        return self.body(pixels)


class Classifier(nn.Module):
    """A code to ten scores."""

    def __init__(self, width=16, classes=10):
        super().__init__()
        self.hidden = nn.Linear(width, 32)
        self.scores = nn.Linear(32, classes)

    def forward(self, code):
        code = torch.relu(self.hidden(code))
        return torch.relu(self.scores(code))


class Trainer:
    def __init__(self, encoder, classifier, rate=5e-3, batch=60):
        self.encoder = encoder
        self.classifier = classifier
        self.batch = batch
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(self.classifier.parameters(), lr=rate)

    def epoch(self, x, y):
        self.encoder.train()
        self.classifier.train()
        order = torch.randperm(len(x))
        losses = []
        for start in range(0, len(x), self.batch):
            rows = order[start : start + self.batch]
            self.optimizer.zero_grad()
            scores = self.classifier(self.encoder(x[rows]))
            loss = self.criterion(scores, y[rows])
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)

    @torch.no_grad()
    def accuracy(self, x, y):
        self.encoder.eval()
        self.classifier.eval()
        return (self.classifier(self.encoder(x)).argmax(1) == y).float().mean().item()


def load():
    x, y = load_digits(return_X_y=True)
    x = StandardScaler().fit_transform(x)
    x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(5))
    cut = int(0.8 * len(x))
    return x[order[:cut]], y[order[:cut]], x[order[cut:]], y[order[cut:]]


if __name__ == "__main__":
    torch.manual_seed(3)
    x_train, y_train, x_val, y_val = load()
    trainer = Trainer(Encoder(), Classifier())
    for n in range(1, 19):
        loss = trainer.epoch(x_train, y_train)
        if n % 3 == 0:
            print(f"{n:3d} | loss {loss:.4f} | val acc {trainer.accuracy(x_val, y_val):.3f}")
