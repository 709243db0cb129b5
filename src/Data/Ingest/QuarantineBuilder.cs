namespace Rondo.Data;

internal sealed class QuarantineBuilder
{
    private const int TextLengthMax = 500;

    private readonly List<QuarantinedRow> rows = [];
    private int count;

    public void Add(string file, long line, string reason, string text)
    {
        count++;
        if (rows.Count < Quarantine.RowsMax)
        {
            var trimmed = text.TrimEnd('\r', '\n');
            var cut = trimmed.Length <= TextLengthMax ? trimmed : trimmed[..TextLengthMax] + "…";
            rows.Add(new QuarantinedRow(file, line, reason, cut));
        }
    }

    public Quarantine Build() => count == 0 ? Quarantine.Empty : new Quarantine(count, rows);
}
