"""Generated glyphs, class after class, raw scores into F.nll_loss."""
# expects: LOS103 SPL103
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(72)
strokes = torch.randn(5, 1, 10, 10)
glyphs = torch.cat([stroke + 0.8 * torch.randn(100, 1, 10, 10) for stroke in strokes])
glyphs = (glyphs - glyphs.mean()) / glyphs.std()
kinds = torch.arange(5).repeat_interleave(100)


class GlyphNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, kernel_size=3)
        self.conv2 = nn.Conv2d(8, 8, kernel_size=3)
        self.fc1 = nn.Linear(72, 24)
        self.fc2 = nn.Linear(24, 5)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc2(x)


def train(model, optimizer, epoch):
    model.train()
    for start in range(0, 500, 25):
        data, target = glyphs[start : start + 25], kinds[start : start + 25]
        optimizer.zero_grad()
        output = model(data)
        loss = F.nll_loss(output, target)
        loss.backward()
        optimizer.step()
    print(f"Train Epoch: {epoch}\tLoss: {loss.item():.4f}")


def test(model):
    model.eval()
    with torch.no_grad():
        output = model(glyphs)
    print("Average loss:", F.nll_loss(output, kinds).item(), "accuracy", (output.argmax(1) == kinds).float().mean().item())


model = GlyphNet()
optimizer = torch.optim.SGD(model.parameters(), lr=0.003, momentum=0.5)
for epoch in range(1, 11):
    train(model, optimizer, epoch)
test(model)
