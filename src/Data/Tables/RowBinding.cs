using System.Linq.Expressions;
using System.Reflection;

namespace Rondo.Data;

/// <summary>
/// Rows of <typeparamref name="T"/> from columns and back: two loops compiled once per type. Columns are first brought to the
/// exact types of the members, so that the loops only copy.
/// </summary>
internal sealed class RowBinding<T>
{
    private readonly RowType type;
    private readonly Func<Array[], int, T[]> toRows;
    private readonly Action<T[], Array[]> toColumns;

    private RowBinding()
    {
        type = RowType.Of(typeof(T));
        toRows = CompileToRows();
        toColumns = CompileToColumns();
    }

    /// <summary>The binding of this type; a type that cannot be a row says so here.</summary>
    public static RowBinding<T> Instance => LazyInstance.Value;

    private static Lazy<RowBinding<T>> LazyInstance { get; } = new(() => new RowBinding<T>());

    public T[] ToRows(Table table)
    {
        var arrays = type.Members.Select(m => MemberValues.Read(table, m, typeof(T))).ToArray();
        return toRows(arrays, table.RowCount);
    }

    public Table ToTable(T[] rows)
    {
        var arrays = type.Members.Select(m => Array.CreateInstance(m.Type, rows.Length)).ToArray();
        toColumns(rows, arrays);
        return new Table(type.Members.Select((m, i) => MemberValues.Write(m, arrays[i])).ToArray());
    }

    private Func<Array[], int, T[]> CompileToRows()
    {
        var arrays = Expression.Parameter(typeof(Array[]), "arrays");
        var count = Expression.Parameter(typeof(int), "count");
        var row = Expression.Variable(typeof(int), "row");
        var result = Expression.Variable(typeof(T[]), "result");
        var locals = Locals();
        var values = type
            .Members.Select((m, i) => (m, Value: (Expression)Expression.ArrayIndex(locals[i], row)))
            .ToDictionary(x => x.m, x => x.Value);
        var made = type.Constructor is null
            ? Expression.New(typeof(T))
            : Expression.New(
                type.Constructor,
                type.Constructor.GetParameters().Select(p => values[type.Members.First(m => m.Parameter == p)])
            );
        var bound = type
            .Members.Where(m => m.Parameter is null)
            .Select(m => Expression.Bind(m.Member, values[m]))
            .ToList();
        var item = bound.Count == 0 ? (Expression)made : Expression.MemberInit(made, bound);
        var body = Expression.Block(
            [result, row, .. locals],
            [
                Expression.Assign(result, Expression.NewArrayBounds(typeof(T), count)),
                .. Unpack(locals, arrays),
                Loop(row, count, Expression.Assign(Expression.ArrayAccess(result, row), item)),
                result,
            ]
        );
        return Expression.Lambda<Func<Array[], int, T[]>>(body, arrays, count).Compile();
    }

    private Action<T[], Array[]> CompileToColumns()
    {
        var rows = Expression.Parameter(typeof(T[]), "rows");
        var arrays = Expression.Parameter(typeof(Array[]), "arrays");
        var row = Expression.Variable(typeof(int), "row");
        var item = Expression.Variable(typeof(T), "item");
        var locals = Locals();
        var copies = type.Members.Select(
            (m, i) =>
                (Expression)
                    Expression.Assign(
                        Expression.ArrayAccess(locals[i], row),
                        Expression.MakeMemberAccess(item, m.Member)
                    )
        );
        var step = Expression.Block([item], [Expression.Assign(item, Expression.ArrayIndex(rows, row)), .. copies]);
        var body = Expression.Block(
            [row, .. locals],
            [.. Unpack(locals, arrays), Loop(row, Expression.ArrayLength(rows), step)]
        );
        return Expression.Lambda<Action<T[], Array[]>>(body, rows, arrays).Compile();
    }

    private ParameterExpression[] Locals() =>
        type.Members.Select(m => Expression.Variable(m.Type.MakeArrayType(), m.Member.Name)).ToArray();

    private static IEnumerable<Expression> Unpack(ParameterExpression[] locals, ParameterExpression arrays) =>
        locals.Select(
            (local, i) =>
                (Expression)
                    Expression.Assign(
                        local,
                        Expression.Convert(Expression.ArrayIndex(arrays, Expression.Constant(i)), local.Type)
                    )
        );

    private static BlockExpression Loop(ParameterExpression row, Expression count, Expression body)
    {
        var end = Expression.Label();
        return Expression.Block(
            Expression.Assign(row, Expression.Constant(0)),
            Expression.Loop(
                Expression.IfThenElse(
                    Expression.LessThan(row, count),
                    Expression.Block(body, Expression.PreIncrementAssign(row)),
                    Expression.Break(end)
                ),
                end
            )
        );
    }
}
