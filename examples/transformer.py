"""A transformer reads the handwritten digits row by row. It gets somewhere, and never good: two lines are at fault."""
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X.reshape(-1, 8, 8) / 16, dtype=torch.float32)
y = torch.tensor(y)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=64, shuffle=True)


class RowTransformer(nn.Module):
    def __init__(self, width=32, heads=4, depth=2):
        super().__init__()
        self.embed = nn.Linear(8, width)
        self.position = nn.Parameter(torch.zeros(8, width))
        layer = nn.TransformerEncoderLayer(width, heads, 2 * width, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.head = nn.Linear(width, 10)

    def forward(self, rows):
        tokens = self.encoder(self.embed(rows) + self.position)
        return torch.relu(self.head(tokens.mean(dim=1)))


model = RowTransformer()
optimizer = torch.optim.AdamW(model.head.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()

for epoch in range(1, 6):
    model.train()
    for rows, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(rows), labels)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        scores = model(X_test)
        accuracy = (scores.argmax(1) == y_test).float().mean()
        print(f"epoch {epoch:2}  held-out {criterion(scores, y_test):.3f}  accuracy {accuracy:.3f}")
