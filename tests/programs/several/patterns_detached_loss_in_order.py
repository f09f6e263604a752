"""Generated 12x12 patterns in class order; the outputs lose their graph before the loss is taken."""
# expects: LOP108 SPL103
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Patterns(Dataset):
    """Four families of noisy stripes and checks, one family after the other, like folders on a disk."""

    def __init__(self, per_class=120):
        grid = torch.arange(12)
        bases = [
            (grid % 2).float().expand(12, 12),
            (grid % 2).float().unsqueeze(1).expand(12, 12),
            ((grid[:, None] + grid[None, :]) % 2).float(),
            ((grid[:, None] + grid[None, :]) % 4 < 2).float(),
        ]
        images, labels = [], []
        for label, base in enumerate(bases):
            images.append(base * 2 - 1 + 0.6 * torch.randn(per_class, 12, 12))
            labels.append(torch.full((per_class,), label))
        self.images = torch.cat(images).unsqueeze(1)
        self.images = self.images / self.images.std()
        self.labels = torch.cat(labels)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


class PatternNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 12, 3, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(2),
        )
        self.classify = nn.Linear(48, 4)

    def forward(self, x):
        return self.classify(self.features(x).flatten(1))


def run():
    torch.manual_seed(17)
    data = Patterns()
    loader = DataLoader(data, batch_size=24, shuffle=False)
    model = PatternNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(8):
        model.train()
        losses, hits = [], 0
        for images, labels in loader:
            optimizer.zero_grad()
            outputs = torch.tensor(model(images).tolist(), requires_grad=True)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            hits += (outputs.argmax(1) == labels).sum().item()
        print(f"Epoch {epoch}: loss {sum(losses) / len(losses):.5f} acc {hits / len(data):.4f}")


run()
