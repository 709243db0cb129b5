using System.Runtime.InteropServices;

namespace Rondo.Serving.OpenInference;

/// <summary>A tensor's shape as sent: the batch first, the product of the rest as the width. Rank 0: none was sent.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Shape(int Rank, long Rows, long Width);
