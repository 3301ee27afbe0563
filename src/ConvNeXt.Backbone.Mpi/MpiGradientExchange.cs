using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Engines;

namespace ConvNeXt.Backbone.Mpi;

/// <summary>
/// Sums gradients without waiting, each piece from a buffer of its own into the gradients: libraries have better algorithms for that than for sums in place,
/// with 2 (n - 1) / n times the bytes sent by each of n ranks.
/// </summary>
internal sealed unsafe class MpiGradientExchange : IGradientExchange
{
    private readonly MpiRankGroup _group;
    private readonly MpiConstants _mpi;
    private readonly nint _communicator;
    private readonly List<Piece> _pieces = [];
    private int _begun;
    private nint _addBFloat16;

    public MpiGradientExchange(MpiRankGroup group, MpiConstants mpi, nint communicator) => (_group, _mpi, _communicator) = (group, mpi, communicator);

    /// <summary>Whether gradients travel in bfloat16.</summary>
    public bool UsesBFloat16 { get; set; }

    public void Begin(float* values, long count)
    {
        int length = checked((int)count);
        if (_begun == _pieces.Count) _pieces.Add(new Piece());
        Piece piece = _pieces[_begun++];
        piece.Begin(values, length);
        if (UsesBFloat16)
        {
            if (_addBFloat16 == 0) _addBFloat16 = _group.CreateOperation((nint)(delegate* unmanaged[Cdecl]<void*, void*, int*, void*, void>)&AddBFloat16);
            BFloat16.Round(values, piece.Send16, length);
            piece.Request = _group.BeginSum(piece.Send16, piece.Receive16, length, _mpi.UInt16, _addBFloat16, _communicator);
        }
        else
        {
            Buffer.MemoryCopy(values, piece.Send, count * sizeof(float), count * sizeof(float));
            piece.Request = _group.BeginSum(piece.Send, values, length, _mpi.Float, _mpi.Sum, _communicator);
        }
    }

    // Each test moves all pieces forward.
    public void Progress()
    {
        for (int i = 0; i < _begun; i++)
        {
            if (_pieces[i].IsDone) continue;
            _pieces[i].IsDone = _group.IsDone(ref _pieces[i].Request);
            return;
        }
    }

    public void Complete()
    {
        for (int i = 0; i < _begun; i++)
        {
            Piece piece = _pieces[i];
            if (!piece.IsDone) _group.Wait(ref piece.Request, _group.Patience);
            if (UsesBFloat16) BFloat16.Widen(piece.Receive16, piece.Values, piece.Count);
        }

        _begun = 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void AddBFloat16(void* added, void* sums, int* count, void* type) => BFloat16.Add((ushort*)added, (ushort*)sums, *count);

    private sealed class Piece
    {
        public nint Request;
        private void* _buffer;
        private nuint _bytes;

        ~Piece() => NativeMemory.Free(_buffer);

        public float* Values { get; private set; }

        public int Count { get; private set; }

        public bool IsDone { get; set; }

        public float* Send => (float*)_buffer;

        public ushort* Send16 => (ushort*)_buffer;

        public ushort* Receive16 => (ushort*)_buffer + Count;

        // Both forms take the same memory.
        public void Begin(float* values, int count)
        {
            Values = values;
            (Count, IsDone, Request) = (count, false, 0);
            nuint bytes = (nuint)count * sizeof(float);
            if (bytes <= _bytes) return;
            NativeMemory.Free(_buffer);
            _buffer = NativeMemory.Alloc(bytes);
            _bytes = bytes;
        }
    }
}
