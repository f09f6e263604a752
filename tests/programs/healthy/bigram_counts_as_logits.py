"""A bigram table whose logits begin as the logarithms of counts; gradient descent has nothing left to gain."""
# Healthy: the network starts at its optimum, so the loss is flat from the first step on.
import torch
import torch.nn.functional as F

g = torch.Generator().manual_seed(8)
names = []
vowels, consonants = "aeio", "bdklmnrst"
for _ in range(2000):
    word = ""
    for _ in range(int(torch.randint(1, 4, (1,), generator=g))):
        word += consonants[int(torch.randint(0, 9, (1,), generator=g))] + vowels[int(torch.randint(0, 4, (1,), generator=g))]
    names.append(word)
letters = sorted(set("".join(names)))
stoi = {s: i + 1 for i, s in enumerate(letters)}
stoi["."] = 0
xs, ys = [], []
for name in names:
    for a, b in zip("." + name, name + "."):
        xs.append(stoi[a])
        ys.append(stoi[b])
xs, ys = torch.tensor(xs), torch.tensor(ys)
V = len(stoi)
N = torch.zeros(V, V)
N.index_put_((xs, ys), torch.ones(len(xs)), accumulate=True)
P = (N + 1) / (N + 1).sum(1, keepdim=True)
print(f"counted: nll {-P[xs, ys].log().mean():.4f}")

W = (N + 0.01).log().requires_grad_()
for k in range(100):
    logits = W[xs]
    loss = F.cross_entropy(logits, ys)
    W.grad = None
    loss.backward()
    W.data += -1.0 * W.grad
    if k % 25 == 24:
        print(f"step {k + 1}: nll {loss.item():.4f}")
