"""Training pictures are moved at random, test pictures are not."""
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)


class Pictures(Dataset):
    def __init__(self, count, *, moved):
        self.moved = moved
        self.y = torch.randint(0, 2, (count,))
        shapes = torch.zeros(2, 12, 12)
        shapes[0, 3:9, 3:6], shapes[0, 3:9, 6:9] = 1, -1
        shapes[1] = shapes[0].T
        self.images = shapes[self.y] + 0.7 * torch.randn(count, 12, 12)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, at):
        image = self.images[at]
        if self.moved:
            image = image.roll(tuple(torch.randint(-1, 2, (2,)).tolist()), (0, 1))
        return image[None], self.y[at]


train = DataLoader(Pictures(300, moved=True), batch_size=30, shuffle=True)
test = DataLoader(Pictures(150, moved=False), batch_size=50)
model = nn.Sequential(nn.Flatten(), nn.Linear(144, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(4):
    for x, y in train:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    with torch.no_grad():
        right = sum((model(x).argmax(1) == y).sum().item() for x, y in test)
print(f"accuracy {right / 150:.2f}")
