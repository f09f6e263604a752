"""A triplet net on digits whose own distance takes the root of zero; zero_grad is missing too."""
# expects: NUM101 LOP101
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(33)
pixels, digit = load_digits(return_X_y=True)
pixels = torch.tensor((pixels - pixels.mean()) / pixels.std(), dtype=torch.float32)
digit = torch.tensor(digit)
of_class = [torch.nonzero(digit == k).flatten() for k in range(10)]
embed = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 4))
optimizer = torch.optim.SGD(embed.parameters(), lr=1e-4)


def distance(a, b):
    return torch.sqrt(((a - b) ** 2).sum(dim=1))


def triplets(n):
    anchor, positive, negative = [], [], []
    for _ in range(n):
        same, other = torch.randperm(10)[:2].tolist()
        pair = of_class[same][torch.randint(len(of_class[same]), (2,))]
        anchor.append(pair[0])
        positive.append(pair[1])
        negative.append(of_class[other][torch.randint(len(of_class[other]), ())])
    return torch.stack(anchor), torch.stack(positive), torch.stack(negative)


for step in range(150):
    a, p, n = (embed(pixels[rows]) for rows in triplets(16))
    loss = torch.relu(distance(a, p) - distance(a, n) + 1.0).mean()
    loss.backward()
    optimizer.step()
    if step % 15 == 0:
        print(f"step {step:3d} loss {loss.item():.4f}")
