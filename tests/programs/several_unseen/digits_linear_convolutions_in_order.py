"""Digits in class order through convolutions that have no activation between them."""
# expects: ARC103 SPL103
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset


class SortedDigits(Dataset):
    def __init__(self):
        bunch = load_digits()
        keep = bunch.target.argsort(kind="stable")
        pixels = torch.tensor(bunch.images[keep], dtype=torch.float32)
        self.pixels = ((pixels - 4.88) / 6.02).unsqueeze(1)
        self.classes = torch.tensor(bunch.target[keep])

    def __len__(self):
        return self.classes.numel()

    def __getitem__(self, k):
        return self.pixels[k], self.classes[k]


class PlainConv(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.dense1 = nn.Linear(16 * 2 * 2, 32)
        self.dense2 = nn.Linear(32, 10)

    def forward(self, image):
        z = self.conv2(self.conv1(image))
        z = self.dense1(torch.flatten(z, 1))
        return self.dense2(z)


if __name__ == "__main__":
    torch.manual_seed(99)
    batches = DataLoader(SortedDigits(), batch_size=60)
    net = PlainConv()
    step_rule = torch.optim.Adam(net.parameters(), lr=2e-3)
    judge = nn.CrossEntropyLoss()
    for sweep in range(12):
        summed = 0.0
        for image, answer in batches:
            step_rule.zero_grad()
            value = judge(net(image), answer)
            value.backward()
            step_rule.step()
            summed += float(value)
        print(f"sweep {sweep}: {summed / len(batches):.3f}")
