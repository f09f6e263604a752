"""Iris flowers, probabilities into cross-entropy and SGD at one part in a million."""
# expects: LOS101 OPT101
import torch
from sklearn import datasets
from torch import nn

iris = datasets.load_iris()
torch.manual_seed(4)
features = torch.tensor((iris.data - iris.data.mean(0)) / iris.data.std(0), dtype=torch.float)
species = torch.tensor(iris.target)

classifier = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3), nn.Softmax(1))
objective = nn.CrossEntropyLoss()
sgd = torch.optim.SGD(classifier.parameters(), lr=1e-6, momentum=0.9)


def one_pass():
    shuffled = torch.randperm(150)
    total = torch.zeros(())
    for k in range(10):
        pick = shuffled[15 * k : 15 * k + 15]
        sgd.zero_grad()
        cost = objective(classifier(features[pick]), species[pick])
        cost.backward()
        sgd.step()
        total += cost.detach()
    return (total / 10).item()


costs = [one_pass() for _ in range(50)]
for n in range(0, 50, 10):
    print(n, round(costs[n], 5))
print("accuracy", (classifier(features).argmax(1) == species).float().mean().item())
