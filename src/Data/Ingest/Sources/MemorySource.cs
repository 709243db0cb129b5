namespace Rondo.Data;

internal sealed class MemorySource(string name, Table table) : TableSource(name)
{
    public override IEnumerable<Table> Read() => [table];
}
