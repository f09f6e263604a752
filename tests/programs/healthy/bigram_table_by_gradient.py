"""The same kind of bigram table from one-hot rows and random logits, with a rate of fifty and a small penalty."""
# Healthy: mean gradients of a table are tiny, so a huge rate is right; the loss ends where counting does.
import torch
import torch.nn.functional as F

g = torch.Generator().manual_seed(2147483647)
syllables = ["ka", "mi", "ro", "ta", "lu", "en", "or", "an"]
names = []
for _ in range(1500):
    size = int(torch.randint(1, 4, (1,), generator=g))
    names.append("".join(syllables[int(i)] for i in torch.randint(0, 8, (size,), generator=g)))
chars = sorted(set("".join(names)))
stoi = {s: i + 1 for i, s in enumerate(chars)}
stoi["."] = 0
xs, ys = [], []
for w in names:
    chs = ["."] + list(w) + ["."]
    for ch1, ch2 in zip(chs, chs[1:]):
        xs.append(stoi[ch1])
        ys.append(stoi[ch2])
xs, ys = torch.tensor(xs), torch.tensor(ys)
V = len(stoi)

W = torch.randn((V, V), generator=g, requires_grad=True)
for k in range(200):
    xenc = F.one_hot(xs, num_classes=V).float()
    logits = xenc @ W
    counts = logits.exp()
    probs = counts / counts.sum(1, keepdim=True)
    loss = -probs[torch.arange(len(ys)), ys].log().mean() + 0.001 * (W**2).mean()
    W.grad = None
    loss.backward()
    W.data += -50 * W.grad
    if k % 40 == 39:
        print(f"step {k + 1}: loss {loss.item():.4f}")
